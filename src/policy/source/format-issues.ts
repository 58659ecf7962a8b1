import type { PolicyIssue } from './yaml-file.ts';

/** Issues as lines of text that editors and terminals can jump to: `policy.yml:12:5: rules[1].match: unknown key …`. */
export function formatIssues(issues: readonly PolicyIssue[]): string {
  return issues
    .map(({ file, line, column, path, message }) => `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`)
    .join('\n');
}
