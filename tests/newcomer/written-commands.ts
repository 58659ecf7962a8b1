import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMarkdown } from '../docs/markdown.ts';
import { root } from './shell.ts';

/** A command that the project's papers tell the reader to type. */
export interface WrittenCommand {
  readonly page: string;
  /** Without the comment at its end. */
  readonly line: string;
}

/** The papers that a reader of the project types from: those at the top and in docs/. */
export const pages = execFileSync('git', ['ls-files', '-z', '*.md', 'docs/*.md'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => /^(docs\/)?[^/]+\.md$/.test(path));

/** A code span is a command when it begins as one; `npm test` is, `aws:TagKeys` and a bare `aws` are not. */
const isCommand = (text: string): boolean =>
  /^(\w+=\S+ )*(npm (ci|test|start|run|install)\b|npx |aws \w|node \S|(npx )?automirror [a-z])/.test(text);

/** Every line of a page's shell blocks, and every code span that is a command. */
export function writtenCommands(page: string, text: string): readonly WrittenCommand[] {
  const { blocks, code } = readMarkdown(text);
  const shell = blocks.filter(({ language }) => /^(sh|bash|shell|console)$/.test(language));
  const inBlocks = shell.flatMap((block) => block.text.replaceAll('\\\n', ' ').split('\n')).filter((line) => line.trim() !== '');
  const lines = [...inBlocks, ...code.filter(isCommand)].map((line) => line.replace(/\s+#.*$/, '').trim());
  return [...new Set(lines)].map((line) => ({ page, line }));
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
