/** Stands in for the SDK's warnings of a Node.js too old for it in the handler's bundle: the stack says which one Lambda runs. */
export const emitWarningIfUnsupportedVersion = (): void => {};

/** The SDK's index passes it on. */
export const state = undefined;
