import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runMetrics, sweepMetrics } from '../../src/audit/metrics.ts';
import { readTemplate, resourcesOf, type Template, textOf } from '../stack/template.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8');

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = new RegExp(`^## ${heading}\n(.*?)(?=^## |(?![^]))`, 'ms').exec(page) ?? [];
  if (text === undefined) throw new Error(`no section ${heading}`);
  return text;
}

/** The cells of the rows of the first table in a text, without its heading. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim()),
  );
}

let template: Template;
beforeAll(async () => {
  template = await readTemplate();
});

describe('docs/operations.md', () => {
  it('describes every alarm of the template, and what to do', () => {
    const names = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { AlarmName }]) =>
      textOf(AlarmName).replace('automirror-dev-', ''),
    );
    const described = rows(section('Alarms'));
    expect(described.map(([name = '']) => name).sort()).toEqual(names.map((name) => `\`${name}\``).sort());
    expect(described.filter((row) => row.length !== 4 || row.some((cell) => cell.length < 9))).toEqual([]);
  });

  it('describes every metric, once', () => {
    const described = rows(section('Metrics')).flatMap(([cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    expect(described.sort()).toEqual([...runMetrics, ...sweepMetrics].sort());
  });

  it('names every saved query', () => {
    const names = resourcesOf(template, 'AWS::Logs::QueryDefinition').map(([, { Name }]) =>
      textOf(Name).replace('automirror-dev/', ''),
    );
    expect(
      rows(section('Dashboard and saved queries'))
        .map(([name = '']) => name)
        .sort(),
    ).toEqual([...names].sort());
  });
});
