/** A process with a Lambda whose function spins for ever; prints the function's process id and waits to be killed. */
import { createLambda } from '../../../../src/emulator/lambda/lambda.ts';
import { createLogs } from '../../../../src/emulator/logs/logs.ts';
import { createTestHost } from '../../test-host.ts';

const host = createTestHost();
const lambda = createLambda(host, {
  logs: createLogs(host),
  endpoint: 'http://127.0.0.1:1',
  registerSession: ({ accessKeyId, roleArn }) => ({
    accountId: host.accountId,
    arn: roleArn,
    accessKeyId,
    principalId: 'AROA',
    kind: 'role',
    roleArn,
  }),
});
const roleArn = 'arn:aws:iam::111122223333:role/worker';
await lambda.createFunction({
  name: 'fn',
  handler: 'probe.handler',
  code: { path: process.argv[2] ?? '' },
  roleArn,
  timeoutSeconds: 900,
});
await lambda.invoke('fn', '{"task":"count"}');
void lambda.invoke('fn', '{"task":"spin"}');
setTimeout(() => process.stdout.write(String(lambda.processes('fn')[0])), 100);
