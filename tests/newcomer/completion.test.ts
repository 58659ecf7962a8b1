import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sh } from './shell.ts';

/** What bash offers after a line, with the printed script and a stand-in for the one function that it takes from the package bash-completion. */
async function offeredAfter(line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const script = `
    automirror() { node ${root}/bin/automirror.js "$@"; }
    _get_comp_words_by_ref() { cur="\${COMP_WORDS[COMP_CWORD]}"; prev="\${COMP_WORDS[COMP_CWORD-1]}"; words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
    eval "$(automirror completion bash)"
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    __automirror_complete
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, code, output } = await sh(`bash -c '${script.replaceAll("'", `'"'"'`)}'`);
  expect(code, output).toBe(0);
  return stdout
    .split('\n')
    .map((offer) => offer.trim().split(/\s/)[0] ?? '')
    .filter((offer) => offer !== '');
}

describe('completion', { timeout: 60_000 }, () => {
  it.each([
    ['automirror ex', ['explain']],
    ['automirror st', ['status', 'start', 'stop']],
    ['automirror policy ', ['check', 'schema', 'test', 'help']],
    ['automirror audit --fo', ['--follow']],
    ['automirror audit ver', ['verify']],
    ['automirror completion ', ['bash', 'zsh', 'fish']],
    ['automirror plan --policy pol', ['policy.yml']],
  ])('in bash offers after "%s" %j', async (line, offers) => {
    expect([...(await offeredAfter(line))].sort()).toEqual([...offers].sort());
  });

  it.each([
    ['zsh', '#compdef automirror'],
    ['fish', 'complete -c automirror'],
  ])('is printed for %s', async (shell, words) => {
    const { code, stdout } = await sh(`node bin/automirror.js completion ${shell}`);
    expect(code).toBe(0);
    expect(stdout).toContain(words);
    expect(stdout).toContain('automirror complete --');
  });

  it('is refused for a shell that it does not know', async () => {
    const { code, output } = await sh('node bin/automirror.js completion tcsh');
    expect(code).toBe(1);
    expect(output).toContain('Allowed choices are bash, zsh, fish.');
  });
});

it('--help loads no SDK, no schema and no YAML', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'automirror-loaded-'));
  try {
    const { code } = await sh('node bin/automirror.js apply --help', { env: { NODE_V8_COVERAGE: folder } });
    expect(code).toBe(0);
    const loaded = readdirSync(folder)
      .flatMap((file): { url: string }[] => JSON.parse(readFileSync(join(folder, file), 'utf8')).result)
      .flatMap(({ url }) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    expect([...new Set(loaded)].sort()).toEqual(['commander', 'ms']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
