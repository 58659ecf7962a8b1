/** Stands in for the rules of S3's bucket addresses, which the SDK carries along in every client. */
export const resolveParamsForS3 = (): void => {};
