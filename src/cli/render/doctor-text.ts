import pc from 'picocolors';
import type { CheckResult, InstanceDiagnosis } from '../../doctor/diagnose.ts';
import type { Verdict } from '../../doctor/finding.ts';
import { type CheckSummary, summarize } from '../../doctor/summary.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** Instances named for one failing check. */
const namesShown = 5;

const words: Readonly<Record<Verdict, string>> = { pass: 'pass', fail: 'FAIL', unknown: 'unknown' };

/** One instance as people read it: a line a check with what was seen, and what to do where it is not well. */
export function instanceText(diagnosis: InstanceDiagnosis, isTerminal: boolean): string {
  const colors = pc.createColors(isTerminal && pc.isColorSupported);
  const { instanceId, name, checks, sessions, verdict } = diagnosis;
  const all = [...checks, ...sessions.flatMap((session) => session.checks)];
  const count = (wanted: Verdict) => all.filter((one) => one.verdict === wanted).length;
  return [
    colors.bold(`${instanceId}${name === undefined ? '' : ` (${printable(name)})`}`),
    ...checks.flatMap((result) => resultLines(result, colors)),
    ...sessions.flatMap((session) => [
      '',
      colors.bold(`session ${session.sessionId} on ${session.eniId} to ${session.targetId}`),
      ...session.checks.flatMap((result) => resultLines(result, colors)),
    ]),
    '',
    `${closing[verdict]} ${count('pass')} passed, ${count('fail')} failed, ${count('unknown')} unknown.`,
    '',
  ].join('\n');
}

const closing: Readonly<Record<Verdict, string>> = {
  pass: 'Everything on the way is as it must be:',
  fail: 'Something on the way is wrong:',
  unknown: 'Nothing wrong was found, but not everything could be seen:',
};

/** Many instances as people read them: a line a check, and under a failing one an instance with what to do. */
export function summaryText(diagnoses: readonly InstanceDiagnosis[], owner: string, isTerminal: boolean): string {
  const colors = pc.createColors(isTerminal && pc.isColorSupported);
  if (diagnoses.length === 0)
    return `Nothing to examine: the policy selects no instance, and no session belongs to owner ${owner}.\n`;
  const summaries = summarize(diagnoses);
  const failing = diagnoses.filter(({ verdict }) => verdict === 'fail').length;
  return [
    ...summaries.flatMap((summary) => summaryLines(summary, diagnoses, colors)),
    '',
    `${diagnoses.length} ${diagnoses.length === 1 ? 'source' : 'sources'}, ${failing} with a failed check.${failing === 0 ? '' : ' Look at one: automirror doctor INSTANCE.'}`,
    '',
  ].join('\n');
}

function summaryLines(summary: CheckSummary, diagnoses: readonly InstanceDiagnosis[], colors: Colors): readonly string[] {
  const { check, title, pass, fail, unknown, failing } = summary;
  const verdict = fail > 0 ? 'fail' : unknown > 0 ? 'unknown' : 'pass';
  const line = `${mark(verdict, colors)} ${title}: ${pass} pass, ${fail} fail, ${unknown} unknown`;
  const wanted = fail > 0 ? 'fail' : 'unknown';
  const example = verdict === 'pass' ? undefined : exampleOf(diagnoses, check, wanted);
  const more = failing.length > namesShown ? ` and ${failing.length - namesShown} more` : '';
  return [
    line,
    ...(failing.length === 0 ? [] : [`          ${failing.slice(0, namesShown).join(', ')}${more}`]),
    ...(example === undefined ? [] : detailLines(example, colors)),
  ];
}

function exampleOf(diagnoses: readonly InstanceDiagnosis[], check: string, verdict: Verdict): CheckResult | undefined {
  for (const { checks, sessions } of diagnoses)
    for (const result of [...checks, ...sessions.flatMap((session) => session.checks)])
      if (result.check === check && result.verdict === verdict) return result;
  return undefined;
}

function resultLines(result: CheckResult, colors: Colors): readonly string[] {
  return [`${mark(result.verdict, colors)} ${result.title}`, ...detailLines(result, colors)];
}

function detailLines({ evidence, fix }: CheckResult, colors: Colors): readonly string[] {
  return [
    `          ${colors.dim(printable(evidence))}`,
    ...(fix === undefined ? [] : [`          ${colors.cyan(`-> ${printable(fix)}`)}`]),
  ];
}

function mark(verdict: Verdict, colors: Colors): string {
  const paint = { pass: colors.green, fail: colors.red, unknown: colors.yellow }[verdict];
  return `  ${paint(words[verdict].padEnd(7))}`;
}

/** Tags and names are other people's text: what would steer a terminal is not written to one. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}
