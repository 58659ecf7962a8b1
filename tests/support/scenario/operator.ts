import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type Person, stubAwsEnvironment, type Typed, type } from '../../cli/account-bench.ts';
import type { RunningService } from './service.ts';

/** A person at the command line beside a deployed service, in a folder with a policy. */
export class Operator {
  readonly folder: string;
  readonly #service: RunningService;

  private constructor(service: RunningService, folder: string) {
    this.#service = service;
    this.folder = folder;
  }

  /** @param policy text of the policy file that the person has; the default policy unless given */
  static async beside(service: RunningService, policy = ''): Promise<Operator> {
    stubAwsEnvironment();
    const operator = new Operator(service, await mkdtemp(join(tmpdir(), 'automirror-operator-')));
    await operator.writePolicy(policy);
    return operator;
  }

  async writePolicy(text: string): Promise<void> {
    await writeFile(join(this.folder, 'policy.yml'), text);
  }

  /** `automirror ARGS --endpoint-url …` */
  type(args: readonly string[], person: Person = {}): Promise<Typed> {
    return type([...args, '--endpoint-url', this.#service.emulator.endpoint], this.folder, person);
  }

  async leave(): Promise<void> {
    await rm(this.folder, { recursive: true });
    vi.unstubAllEnvs();
  }
}
