import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../../src/report/html.ts';
import { exampleReport } from '../../support/report/example-report.ts';

const assets = { script: 'start();', style: 'body { margin: 0 }' };
const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('reportHtml', () => {
  it('lets exactly its own script and style run, and nothing be fetched', () => {
    const html = reportHtml(exampleReport(1), assets);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash(assets.script)}; style-src ${hash(assets.style)}; base-uri 'none'; form-action 'none'`,
    );
    expect(html).not.toMatch(/(?:src|href)=/);
  });

  it('carries the report as JSON in which no element can begin or end', () => {
    const report = exampleReport(1, { owner: '</script><script>alert(1)</script><!--' });
    const html = reportHtml(report, assets);
    const block = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(block).not.toContain('<');
    expect(JSON.parse(block)).toEqual(report);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).toContain('<title>Traffic mirroring of &lt;/script&gt;&lt;script&gt;alert(1)');
  });

  it('is the same for the same report', () => {
    expect(reportHtml(exampleReport(3), assets)).toBe(reportHtml(exampleReport(3), assets));
  });
});
