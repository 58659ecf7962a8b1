import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { diagnose } from '../../doctor/diagnose.ts';
import { type Flow, parseFlow } from '../../doctor/flow.ts';
import { readFacts } from '../../doctor/read.ts';
import { isInstanceId } from '../../model/ids.ts';
import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError, inWords } from '../cli-error.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { doctorJson } from '../render/doctor-json.ts';
import { instanceText, summaryText } from '../render/doctor-text.ts';

export interface DoctorOptions extends AccountOptions {
  readonly policy: string;
  readonly flow?: string;
}

/** Checks the way from source to target, of one instance or of every source; 2 if a check fails. */
export async function doctorCommand(instance: string | undefined, options: DoctorOptions, io: CliIo): Promise<0 | 2> {
  if (instance !== undefined && !isInstanceId(instance))
    throw new CliError(`"${instance}" is no instance id; write one such as i-0123456789abcdef0`);
  const flow = readFlow(options.flow);
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  const now = account.clock.now();
  const context = {
    ...account,
    owner: options.owner,
    policy,
    now,
    loadBalancing: new ElasticLoadBalancingV2Client(account.clientConfig),
    cloudWatch: new CloudWatchClient(account.clientConfig),
  };
  const { facts, subjects } = await inWords('EC2 could not be read', readFacts(context, instance ?? 'all'));
  if (instance !== undefined && subjects.length === 0)
    throw new CliError(`EC2 knows no instance ${instance} in ${account.region} of account ${account.accountId}`);
  const diagnoses = diagnose(facts, subjects, flow);
  if (options.json) io.out(`${JSON.stringify(doctorJson(facts, diagnoses, now, flow), null, 2)}\n`);
  else if (instance === undefined) io.out(summaryText(diagnoses, options.owner, io.isTerminal));
  else io.out(diagnoses.map((one) => instanceText(one, io.isTerminal)).join('\n'));
  return diagnoses.some(({ verdict }) => verdict === 'fail') ? 2 : 0;
}

function readFlow(text: string | undefined): Flow | undefined {
  if (text === undefined) return undefined;
  const flow = parseFlow(text);
  if ('problem' in flow) throw new CliError(`--flow: ${flow.problem}`);
  return flow;
}
