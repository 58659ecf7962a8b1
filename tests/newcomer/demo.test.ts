import { expect, it } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { readMarkdown } from '../docs/markdown.ts';
import { Running } from './shell.ts';
import { readPage } from './written-commands.ts';

const escapeCharacter = String.fromCharCode(27);

it('npm run demo tells the main job chapter by chapter, ends by itself, and leaves nothing running', {
  timeout: 45_000,
}, async () => {
  const startedAt = performance.now();
  const demo = new Running('npm run demo', { env: { NO_COLOR: '1' } });
  const { code, stdout, output } = await demo.finished();

  expect([code, output.includes('failed')]).toEqual([0, false]);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  await until('the end of every process', async () => !demo.isAlive() || undefined);
  expect(output).not.toContain(escapeCharacter);
  expect(output).not.toMatch(/NodeVersionSupportWarning|ExperimentalWarning|undefined|\[object/);

  const steps = [
    /^A sensor, and its network interface as a mirror target/m,
    /! instance\.refuse old: t2\.micro was never supported as a source[^\n]*\s+instance-type-unsupported$/m,
    /\+ filter\.create {3}"all-traffic", 4 rules {2}filter-missing$/m,
    /\+ session\.create {2}web-\d eth0 -> sensor, number \d+ {2}session-missing$/m,
    /\+ session\.create {2}db eth0 -> sensor, number 1[1-9] {2}session-missing$/m,
    /\+ session\.create {2}web-1 eth1 -> sensor, number \d+ {2}session-missing$/m,
    /~ session\.modify {2}web-2 eth0: filter all-traffic -> web {2}settings-changed$/m,
    /! instance\.refuse web-3: the tag mirror-target names "nowhere"[^\n]*\s+target-unknown$/m,
    /- session\.delete {2}web-3 eth0 {2}target-unknown$/m,
    /~ session\.modify {2}web-3 eth0: number 7 -> \d+, packet length 64 -> \(none\) {2}drift$/m,
    /- session\.delete {2}web-1 eth1 {2}instance-terminated$/m,
    /- session\.delete {2}db eth0 {2}no-rule-matched$/m,
    /^Done: \d+ EC2 calls by the function \(\d+ of them changes\), \d+ lines of audit trail, [\d.]+ s in all\.$/m,
  ];
  const places = steps.map((step) => output.search(step));
  expect(steps.filter((_, index) => places[index] === -1)).toEqual([]);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);

  const shown = readMarkdown(readPage('README.md')).blocks.find(({ text }) => text.includes('A fleet: '))?.text ?? '';
  const withoutTimes = (text: string) => text.split('\n').map((line) => line.replace(/^ *\d+\.\d s/, '').replace(/\d+/g, 'N'));
  const told = new Set(withoutTimes(stdout));
  expect(shown.split('\n').length).toBeGreaterThan(8);
  expect(withoutTimes(shown).filter((line) => !told.has(line))).toEqual([]);
});
