import { type EC2Client, StopInstancesCommand, waitUntilInstanceStopped } from '@aws-sdk/client-ec2';

/** Stops an instance, and waits until it has stopped: even where that takes the emulator no time, the next call may come first. */
export async function stopInstance(client: EC2Client, id: string): Promise<void> {
  await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
  await waitUntilInstanceStopped({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { InstanceIds: [id] });
}
