/** The report page in a real browser: drawn, filtered, clicked, read by keyboard, coloured, printed, and not to be forged. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPageAssets } from '../../src/report/assets.ts';
import { reportHtml } from '../../src/report/html.ts';
import type { Report } from '../../src/report/model.ts';
import { exampleReport } from '../support/report/example-report.ts';
import { startBrowser } from './browser.ts';

// A browser beside other tests on a small machine: patience costs nothing where nothing hangs.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'automirror-report-'));
let browser: Browser;
const open: Page[] = [];
/** What the pages of a test asked for beyond their own file, and what went wrong in them. */
const asked: string[] = [];
const problems: string[] = [];

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((page) => page.context().close()));
  expect(asked.splice(0), 'requests').toEqual([]);
  expect(problems.splice(0), 'errors').toEqual([]);
});

async function show(report: Report, options: BrowserContextOptions = {}): Promise<Page> {
  const assets = await readPageAssets();
  if (assets === undefined) throw new Error('the page was not built');
  const file = join(folder, 'report.html');
  writeFileSync(file, reportHtml(report, assets));
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  open.push(page);
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== url) asked.push(request.url());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

const rows = (page: Page) => page.locator('.sessions tbody tr');
const status = (page: Page) => page.getByRole('status').textContent();
const firstName = (page: Page) => rows(page).first().getByRole('rowheader').locator('span').first().textContent();

describe('the report page', () => {
  it('shows what is in the report, and fetches nothing', async () => {
    const page = await show(exampleReport(60));
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Traffic mirroring of automirror-prod');
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'Map',
      'Sessions',
      'Targets and capacity',
      'Coverage',
      'Refusals and warnings',
      'Drift',
      'Last changes',
    ]);
    const figures = await page.locator('.figures').textContent();
    expect(figures).toContain('Cost of a month$646.05');
    expect(figures).toContain('81% of 72 instances that the policy selects');
    expect(await rows(page).count()).toBe(60);
    expect(await status(page)).toBe('1 to 60 of 60 sessions');
    expect(await page.locator('#refusals').textContent()).toContain('change the instance to a supported type');
    expect(await page.locator('#drift').textContent()).toContain('sessionNumber: 7 -> 10');
    expect(await page.locator('#changes tbody tr').count()).toBe(20);
    expect(await page.locator('.map .band').count()).toBe(6);
    expect(await page.locator('#map').textContent()).toContain('6 sessions of 59 cross zones');
  });

  it('says so where there is nothing, and where the last changes are unknown', async () => {
    const page = await show(
      exampleReport(0, { refusals: [], trail: { unknown: 'logs:FilterLogEvents: AccessDeniedException: no' } }),
    );
    expect(await page.locator('#map').textContent()).toContain('No session exists');
    expect(await page.locator('#refusals').textContent()).toContain(
      'No source that the policy selects is refused, and there is nothing to warn of.',
    );
    expect(await page.locator('#drift').textContent()).toContain('The next sweep changes nothing.');
    expect(await page.locator('#changes').textContent()).toContain(
      'Unknown: the audit log group could not be read. logs:FilterLogEvents',
    );
    expect(await status(page)).toBe('None of 0 sessions');
  });

  it('searches by every word, and narrows by state and zone', async () => {
    const page = await show(exampleReport(500));
    await page.getByLabel('Search').fill('WEB dmz');
    expect(await status(page)).toBe('1 to 25 of 25 that match, of 500 sessions');
    await page.getByLabel('Zone', { exact: true }).selectOption({ label: 'eu-west-1b' });
    expect(await status(page)).toBe('1 to 8 of 8 that match, of 500 sessions');
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await page.getByLabel('Search').inputValue()).toBe('');
    await page.getByLabel('State').selectOption('missing');
    expect(await rows(page).locator('.missing').count()).toBe(3);
    expect(await status(page)).toBe('1 to 3 of 3 that match, of 500 sessions');
    await page.getByLabel('Search').fill('nothing has this');
    expect(await status(page)).toBe('None of 0 that match, of 500 sessions');
  });

  it('narrows the table to what is clicked on the map and among the targets, and goes there', async () => {
    const page = await show(exampleReport(60));
    await page.locator('.map .band.across').first().click();
    expect(await status(page)).toBe('1 to 2 of 2 that match, of 60 sessions');
    expect(await page.evaluate('document.activeElement.id')).toBe('sessions');
    await page.getByRole('button', { name: /^Show all targets, not tmt-0+1 alone$/ }).click();
    expect(await status(page)).toBe('1 to 20 of 20 that match, of 60 sessions');
    await page.getByRole('button', { name: 'Show the sessions to tmt-00000000000000002' }).click();
    expect(await page.getByLabel('Zone', { exact: true }).inputValue()).toBe('any');
    expect(await status(page)).toBe('1 to 20 of 20 that match, of 60 sessions');
  });

  it('sorts by the column that is pressed, both ways, and says so', async () => {
    const page = await show(exampleReport(200));
    const header = page.locator('.sessions').getByRole('columnheader', { name: 'Instance' });
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect(await firstName(page)).toBe('api-00001');
    await header.getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect(await firstName(page)).toBe('web-00196');
    await page.getByRole('columnheader', { name: 'Bytes' }).getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBeNull();
    expect(await rows(page).first().locator('td').nth(6).textContent()).toBe('256');
  });

  it('draws a page of ten thousand sessions, and turns to the others', async () => {
    const page = await show(exampleReport(10_000));
    expect(await rows(page).count()).toBe(100);
    expect(await status(page)).toBe('1 to 100 of 10,000 sessions');
    const next = page.getByRole('button', { name: 'Next' });
    await next.click();
    expect(await status(page)).toBe('101 to 200 of 10,000 sessions');
    await page.getByRole('button', { name: 'Last' }).click();
    expect(await status(page)).toBe('9,901 to 10,000 of 10,000 sessions');
    expect(await next.getAttribute('aria-disabled')).toBe('true');
    await next.focus();
    await page.keyboard.press('Enter');
    expect(await status(page)).toBe('9,901 to 10,000 of 10,000 sessions');
    await page.getByLabel('Search').fill('web-09996');
    expect(await status(page)).toBe('1 to 1 of 1 that match, of 10,000 sessions');
    // Targets of a zone are one node where there are many.
    expect(await page.locator('.map').textContent()).toContain('38 targets in eu-west-1a');
  });
});

describe('colours', () => {
  const ground = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const light = 'rgb(255, 255, 255)';
  const dark = 'rgb(16, 21, 26)';

  it('follow the system until a person chooses, and the choice stays', async () => {
    const page = await show(exampleReport(3), { colorScheme: 'dark' });
    expect(await ground(page)).toBe(dark);
    await page.getByLabel('Colours').selectOption('light');
    expect(await ground(page)).toBe(light);
    await page.reload();
    expect(await ground(page)).toBe(light);
    await page.getByLabel('Colours').selectOption('auto');
    expect(await ground(page)).toBe(dark);
  });

  it('can be dark where the system is light', async () => {
    const page = await show(exampleReport(3), { colorScheme: 'light' });
    expect(await ground(page)).toBe(light);
    await page.getByLabel('Colours').selectOption('dark');
    expect(await ground(page)).toBe(dark);
  });
});

/** What axe answers, as far as it is looked at. */
interface Found {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe('for everybody', () => {
  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 800 } }],
  ] as const)('has no fault that axe finds: %s', async (_name, options) => {
    // The page's own policy would not let the tool in.
    const page = await show(exampleReport(60), { ...options, bypassCSP: true });
    await page.getByText('The map as a table').click();
    await page.evaluate(axe.source);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const found = await page.evaluate<Found>(`axe.run(document, { runOnly: ${JSON.stringify(tags)} })`);
    const violations = found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
    );
    expect(violations).toEqual([]);
  });

  it('is read by keyboard: the skip link first, then every control in order', async () => {
    const page = await show(exampleReport(60));
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('main');
    const seen: string[] = [];
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    expect(seen).toEqual(expect.arrayContaining(['search', 'state', 'zone', 'Show all']));
    await page.getByLabel('Search').focus();
    await page.keyboard.type('api');
    await page.keyboard.press('Enter');
    expect(await status(page)).toContain('that match');
  });

  it('has landmarks, and a name for each', async () => {
    const page = await show(exampleReport(5));
    for (const role of ['banner', 'main', 'contentinfo', 'search'] as const)
      expect(await page.getByRole(role).count(), role).toBe(1);
    expect(await page.getByRole('navigation', { name: 'Parts of the report' }).count()).toBe(1);
    expect(await page.getByRole('region', { name: 'Refusals and warnings', exact: true }).count()).toBe(1);
    expect(await page.getByRole('img', { name: /^Map: sessions from 3 zones/ }).count()).toBe(1);
  });

  it('does not scroll sideways as a whole on a narrow screen', async () => {
    const page = await show(exampleReport(60), { viewport: { width: 390, height: 800 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });
});

describe('on paper', () => {
  it('has no controls, black on white, and up to five hundred sessions', async () => {
    const page = await show(exampleReport(800), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.controls').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(0, 0, 0)');
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    expect(await rows(page).count()).toBe(500);
    expect(await status(page)).toBe('1 to 500 of 800 sessions');
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
    expect(await rows(page).count()).toBe(100);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });
});

describe('names and tags of other people', () => {
  const hostile = [
    '<img src=x onerror="document.title=\'forged\'">',
    '</script><script>document.title="forged"</script>',
    '<!--<script>',
    '"><svg onload=alert(1)>',
    "javascript:alert(1)//'",
    '{{constructor.constructor("document.title=1")()}}',
    '\u2028\u2029\u202e',
  ];

  it('are text, wherever they stand', async () => {
    const plain = exampleReport(hostile.length);
    const page = await show({
      ...plain,
      owner: hostile[1] ?? '',
      rows: plain.rows.map((row, index) => ({
        ...row,
        name: hostile[index] ?? '',
        rule: hostile[index] ?? '',
        zone: hostile[0] ?? '',
      })),
      targets: plain.targets.map((target) => ({ ...target, name: hostile[1] ?? '', pools: hostile, zone: hostile[3] ?? '' })),
      refusals: plain.refusals.map((refusal) => ({
        ...refusal,
        name: hostile[0] ?? '',
        detail: hostile[1] ?? '',
        fix: hostile[2] ?? '',
      })),
      trail: { unknown: hostile[1] ?? '' },
    });
    expect(await page.title()).toBe(`Traffic mirroring of ${hostile[1]}, 111122223333 eu-west-1`);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(`Traffic mirroring of ${hostile[1]}`);
    const names = await rows(page).getByRole('rowheader').locator('span').allTextContents();
    expect(names.toSorted()).toEqual(hostile.toSorted());
    expect(await page.locator('img, iframe, object, embed, #app, main script, main svg:not(.map)').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
  });

  it('could not run anything if they were markup: the policy lets only the page’s own script run', async () => {
    const page = await show(exampleReport(1));
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'document.title = "forged"';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="https://example.com/x.png" onerror="document.title=1">');
    }`);
    expect(await page.title()).not.toBe('forged');
    // The browser says what it has not done.
    expect(problems.splice(0).filter((text) => /Content Security Policy/i.test(text)).length).toBeGreaterThanOrEqual(2);
    asked.splice(0);
  });
});
