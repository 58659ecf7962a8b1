import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { createSts } from '../../../src/emulator/sts/sts.ts';
import { inProcess } from '../front/in-process-handler.ts';
import { testUser } from '../test-host.ts';

test('tells a caller who it is', async () => {
  const arn = 'arn:aws:sts::111122223333:assumed-role/r&d/<session>';
  const client = new STSClient(inProcess(createSts(), { ...testUser, arn, principalId: 'AROAEXAMPLE:session' }));
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '111122223333',
    Arn: arn,
    UserId: 'AROAEXAMPLE:session',
  });
});

test('refuses other actions', async () => {
  const client = new STSClient(inProcess(createSts()));
  await expect(client.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
});
