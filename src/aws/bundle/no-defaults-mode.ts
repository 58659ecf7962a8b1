/**
 * Stands in for the SDK's defaults modes (`AWS_DEFAULTS_MODE`) in the handler's bundle: always the mode that is the default. The others set timeouts, which
 * the handler sets itself, and the retry mode, which has one value here.
 */
export const resolveDefaultsModeConfig = () => async (): Promise<'legacy'> => 'legacy';

/** What the mode sets: nothing. */
export const loadConfigsForDefaultMode = () => ({});
