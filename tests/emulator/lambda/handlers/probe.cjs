/* A handler that does what its event asks for; runs in an execution environment of the emulator. */
const tasks = {
  environment: () => process.env,
  context: (_, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() }),
  log: () => {
    console.log('first\nsecond line of one message');
    console.warn({ careful: true });
    console.debug('hidden by the level in JSON');
    console.error('it broke:', new TypeError('bad'));
    process.stdout.write('{"raw":1}\n');
    return 'logged';
  },
  raw: () => {
    for (const line of ['{"raw":1}', '{"level":"debug"}', '{"level":"WARN"}', '{"level":"error"}', '{"level":7}', '[1]', 'text'])
      process.stdout.write(`${line}\n`);
  },
  flood: () => {
    for (let line = 0; line < 20_000; line += 1) {
      process.stdout.write(`raw ${'x'.repeat(100)}\n`);
      if (line % 10 === 0) console.log(`framed ${'y'.repeat(100)}`);
    }
  },
  fail: () => {
    throw new RangeError('out of range');
  },
  exit: () => process.exit(3),
  hang: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
  spin: () => {
    for (;;);
  },
  reject: () => {
    void Promise.reject(new Error('nobody waits'));
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  cycle: () => {
    const value = {};
    value.self = value;
    return value;
  },
};
let count = 0;
exports.handler = async (event, context) => {
  count += 1;
  return event.task === 'count' ? count : tasks[event.task](event, context);
};
exports.callback = (_event, _context, callback) => callback(null, 'old');
exports.nested = { deep: async () => 'deep' };
exports.constant = 42;
