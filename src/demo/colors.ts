import pc from 'picocolors';

/** Colours on a terminal only, and none where NO_COLOR is set: a continuous integration's log is no terminal. */
export const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);
