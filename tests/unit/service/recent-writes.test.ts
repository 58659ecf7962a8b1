import { describe, expect, it } from 'vitest';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { commandEvent, ServiceRun, stateEvent } from '../../support/shell/service-run.ts';
import { anInstance, anInstanceId, aPolicy, owner } from '../../support/shell/things.ts';

const declared = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/ids/0123456789abcdef';
const declaring = aPolicy(`targets: { default: { members: [{ networkLoadBalancerArn: "${declared}" }] } }`);

/** A service whose lists of sessions, filters and targets show nothing that was made since the last `show()`. */
class LaggingRun {
  readonly service: ServiceRun;
  #shown = { sessions: new Set<string>(), filters: new Set<string>(), targets: new Set<string>() };

  constructor(policy = aPolicy()) {
    this.service = new ServiceRun(policy);
    const { ec2 } = this.service;
    ec2.addInstance(anInstance(1));
    ec2.sessions = async () => [...ec2.sessionsById.values()].filter(({ id }) => this.#shown.sessions.has(id));
    ec2.filters = async () => [...ec2.filtersById.values()].filter(({ id }) => this.#shown.filters.has(id));
    const targets = ec2.targets.bind(ec2);
    const given = new Set(ec2.targetList.map(({ id }) => id));
    ec2.targets = async () => (await targets()).filter(({ id }) => given.has(id) || this.#shown.targets.has(id));
  }

  show(): void {
    const { sessionsById, filtersById } = this.service.ec2;
    const targets = new Set(this.service.ec2.targetList.map(({ id }) => id));
    this.#shown = { sessions: new Set(sessionsById.keys()), filters: new Set(filtersById.keys()), targets };
  }

  made(call: 'createSession' | 'createFilter' | 'createTarget'): number {
    return this.service.ec2.calls.filter((name) => name === call).length;
  }

  async launched(id: string): Promise<void> {
    await this.service.serve([stateEvent(anInstanceId(1), 'running', id)]);
  }
}

describe('what this environment has made and no list shows yet', () => {
  it('is not made again by the next event of the launch, and nothing fails', async () => {
    const run = new LaggingRun();
    await run.launched('first');
    await run.launched('second');
    expect([run.made('createFilter'), run.made('createSession')]).toEqual([1, 1]);
    expect(run.service.records.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(run.service.records.at(-1)).toMatchObject({ action: 'session.keep' });
  });

  it('is made again once it has not been shown for half a minute', async () => {
    const run = new LaggingRun();
    await run.launched('first');
    run.service.clock.set(run.service.clock.now() + 31_000);
    await run.launched('second');
    expect(run.made('createSession')).toBe(2);
  });

  it('is for EC2 to tell of as soon as a list has shown it: a session gone after that is made again', async () => {
    const run = new LaggingRun();
    await run.launched('first');
    run.show();
    await run.launched('second');
    run.service.ec2.sessionsById.clear();
    await run.launched('third');
    expect(run.made('createSession')).toBe(2);
    expect(run.made('createFilter')).toBe(1);
  });

  it('counts for nothing in a sweep, nor after one: a person may have deleted it', async () => {
    const run = new LaggingRun();
    await run.launched('first');
    run.service.ec2.sessionsById.clear();
    run.show();
    await run.service.serve([commandEvent('Sweep Requested', { owner })]);
    expect(run.service.ec2.sessionsById.size).toBe(1);
    run.show();
    await run.launched('second');
    expect(run.service.ec2.sessionsById.size).toBe(1);
    expect(run.made('createSession')).toBe(2);
  });

  it('is told of once, though a sweep that could not see it tries to make it again and finds it there', async () => {
    const run = new LaggingRun();
    await run.launched('first');
    run.service.ec2.fail(
      'createSession',
      ec2Error('invalid', 'InvalidParameterValue', 'Session number 10 is already being used'),
    );
    await run.service.serve([commandEvent('Sweep Requested', { owner })]);
    expect(run.made('createSession')).toBe(2);
    expect(run.service.records.filter(({ action }) => action === 'session.create')).toHaveLength(1);
    expect(run.service.records.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });

  it('is made once by sweeps too, where it is a filter or a target: a second one would be of no use', async () => {
    const run = new LaggingRun(declaring);
    for (let sweep = 0; sweep < 2; sweep += 1)
      await run.service.serve([commandEvent('Sweep Requested', { owner }, `sweep-${sweep}`)]);
    expect([run.made('createTarget'), run.made('createFilter')]).toEqual([1, 1]);
    expect(run.service.records.filter(({ action }) => action === 'target.create' || action === 'filter.create')).toHaveLength(2);
  });

  it('is asked for anew where it is a target that was deleted at once: no token answers with the one that is gone', async () => {
    const run = new LaggingRun(declaring);
    const tokens: string[] = [];
    const createTarget = run.service.ec2.createTarget.bind(run.service.ec2);
    run.service.ec2.createTarget = (target) => {
      tokens.push(target.clientToken);
      return createTarget(target);
    };
    run.service.ec2.instancesById.clear();
    const sweep = (id: string) => run.service.serve([commandEvent('Sweep Requested', { owner }, id)]);
    await sweep('first');
    run.show();
    await sweep('second');
    run.service.ec2.targetList.pop();
    await sweep('third');
    expect(new Set(tokens).size).toBe(2);
  });
});
