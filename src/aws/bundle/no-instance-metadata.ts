/**
 * Stands in for the SDK's lookup of the Region in the instance metadata service, which Lambda has not; `AWS_REGION` is always
 * set there and is looked at first.
 */
export const getInstanceMetadataRegion = async (): Promise<undefined> => undefined;
