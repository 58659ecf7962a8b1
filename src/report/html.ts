import { createHash } from 'node:crypto';
import type { Report } from './model.ts';

/** What the page is made of beside its data: built files, the same for every report. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/**
 * The report as one HTML document that needs nothing else and fetches nothing.
 *
 * Names and tags are other people's text. All of it is in one JSON block, which a browser does not execute and in which `<` cannot occur; the page puts it into
 * the document as text nodes alone. The content security policy lets exactly this script and this style run, by their hashes.
 */
export function reportHtml(report: Report, { script, style }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`Traffic mirroring of ${report.owner}, ${report.accountId} ${report.region}`)}</title>
<style>${style}</style>
</head>
<body>
<noscript><p>This report draws itself with a script that is part of the file. The data is in the file too, as JSON in the element with the id report-data.</p></noscript>
<div id="app"></div>
<script type="application/json" id="report-data">${jsonForHtml(report)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** JSON that cannot end its element: every `<` of it is written as an escape, which only strings can hold. */
function jsonForHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
