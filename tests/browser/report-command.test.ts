/** `automirror report` as it is typed: the file that it writes, opened in a browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { DoctorBench } from '../cli/doctor-bench.ts';
import { startBrowser } from './browser.ts';

vi.setConfig({ testTimeout: 60_000 });

it('writes a page of what the account holds, says so in a line, and refuses a place that it cannot write to', async () => {
  const bench = await DoctorBench.start();
  const browser = await startBrowser();
  try {
    const web = await bench.healthy();
    await bench.instance({ Name: '<b>bold</b>', mirror: 'true' });
    const { code, out, err } = await bench.type(['report', '--out', 'mirroring.html']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^mirroring\.html: 1 session, 1 mirrored instance, 0 refused, 1 change to come, USD 10\.95 a month\. The last changes are unknown: /,
    );

    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(bench.folder, 'mirroring.html')).href);
    const cells = await page.locator('.sessions tbody tr').allTextContents();
    expect(cells).toHaveLength(2);
    expect(cells[0]).toContain('<b>bold</b>');
    expect(cells[0]).toContain('missing');
    expect(cells[1]).toContain(web.id);
    expect(await page.locator('#drift').textContent()).toContain('create session');
    expect(await page.locator('body').textContent()).toContain('$0.015 an hour, at USD 0.015 a session-hour');

    const printed = await bench.type(['report', '--out', '-']);
    expect(printed.out).toMatch(/^<!doctype html>/);
    expect(printed.out.length).toBe(readFileSync(join(bench.folder, 'mirroring.html'), 'utf8').length);

    const refused = await bench.type(['report', '--out', 'no/such/folder.html']);
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^no\/such\/folder\.html could not be written: ENOENT/),
    });
  } finally {
    await browser.close();
    await bench.stop();
  }
});
