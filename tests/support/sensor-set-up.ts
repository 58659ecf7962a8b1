/** What the set-up script of a sensor does, in a folder in place of a machine: files are written there, and programs only noted. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs that would change the machine or fetch something. */
const noted = ['apt-get', 'curl', 'suricata-update', 'systemctl'];

export interface SetUp {
  /** Content by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Calls of the noted programs, in order. */
  readonly commands: readonly string[];
}

/** Paths of a machine that a set-up could write to; not those in URLs. */
const paths = /(?<![\w.])\/(?=(?:boot|etc|home|opt|root|run|srv|tmp|usr|var)\/)/g;

/** Runs the script with the machine's folders moved into one of their own, which looks like Ubuntu 24.04. */
export function runSetUp(script: string): SetUp {
  const root = mkdtempSync(join(tmpdir(), 'sensor-'));
  try {
    const log = join(root, 'commands');
    const programs = join(root, 'programs');
    for (const folder of ['programs', 'etc/apt/sources.list.d', 'etc/tmpfiles.d'])
      mkdirSync(join(root, folder), { recursive: true });
    for (const name of noted) {
      writeFileSync(join(programs, name), `#!/bin/sh\necho "${name} $*" >>'${log}'\n`);
      chmodSync(join(programs, name), 0o755);
    }
    writeFileSync(join(root, 'etc/os-release'), 'NAME=Ubuntu\nVERSION_ID="24.04"\n');
    const { status, stderr } = spawnSync('bash', [], {
      input: script.replaceAll(paths, `${root}/`),
      encoding: 'utf8',
      env: { PATH: `${programs}:/usr/bin:/bin` },
    });
    if (status !== 0) throw new Error(`the script ended with ${status}: ${stderr}`);
    const read = (path: string): string => readFileSync(join(root, path), 'utf8').replaceAll(`${root}/`, '/');
    const written = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.includes('/') && !path.startsWith('programs/') && statSync(join(root, path)).isFile(),
    );
    return {
      files: new Map(written.map((path) => [`/${path}`, read(path)])),
      commands: read('commands').trim().split('\n'),
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}
