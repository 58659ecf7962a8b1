import { CliError } from '../cli-error.ts';
import { dryRun } from '../dry-run.ts';
import { explain, focusOn } from '../explain.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { explainText } from '../render/explain-text.ts';
import { type PlanOptions, sourceOf } from './plan.ts';

const idForm = /^(i|eni|tms)-[0-9a-f]{8,17}$/;

/** Tells everything that led to what the plan has for one instance, interface or session. */
export async function explainCommand(id: string, options: PlanOptions, io: CliIo): Promise<0> {
  if (!idForm.test(id))
    throw new CliError(`${id} is no id of an instance (i-…), a network interface (eni-…) or a session (tms-…).`);
  const policy = await loadPolicy(options.policy, io.cwd);
  const run = await dryRun(await sourceOf(options, io), { owner: options.owner, policy, tellsPlaces: true });
  const focus = focusOn(id, run.reading);
  if (focus === undefined) throw new CliError(unknown(id));
  const explanation = explain(id, focus, run);
  io.out(options.json ? `${JSON.stringify(explanation, null, 2)}\n` : explainText(explanation, io.isTerminal));
  return 0;
}

function unknown(id: string): string {
  if (id.startsWith('i-')) return `EC2 lists no instance ${id} in this account and Region, and no session of one.`;
  if (id.startsWith('tms-')) return `EC2 lists no session ${id} in this account and Region.`;
  return `${id} is on no instance of this account and Region, and has no session.`;
}
