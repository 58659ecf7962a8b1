/** Carries out what people do by the API of EC2, and what other accounts and the operating system do without it. */
import { AwsError } from '../src/emulator/core.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import type { PeoplesDeed } from './deeds.ts';
import { attach, attachNew, detach, launch, move } from './fleet.ts';
import { choose, Hand } from './hand.ts';
import { addTarget, deleteSensor, empty, fill } from './sensors.ts';
import { editFilter, makeForeignSession, modifySession } from './tampering.ts';

/** People, who may do everything; what EC2 refuses them is told as text and else ignored. */
export class People {
  readonly #hand: Hand;

  constructor(emulator: Emulator, owners: readonly string[]) {
    this.#hand = new Hand(emulator, owners);
  }

  /** Answers what came of it. */
  async carryOut(deed: PeoplesDeed): Promise<string> {
    try {
      return await this.#do(deed);
    } catch (error) {
      if (error instanceof AwsError) return `refused: ${error.code}`;
      if (error instanceof RangeError) return `refused: ${error.message}`;
      throw error;
    }
  }

  async #do(deed: PeoplesDeed): Promise<string> {
    switch (deed.do) {
      case 'launch':
        return launch(this.#hand, deed);
      case 'tag':
        return this.#hand.tag(this.#hand.instance(deed.instance), { [deed.key]: deed.value });
      case 'tag until':
        return this.#hand.tag(this.#hand.instance(deed.instance), {
          'mirror-until': new Date(this.#hand.emulator.host.clock.now() + deed.inMs).toISOString(),
        });
      case 'tag with target id':
        return this.#hand.tag(this.#hand.instance(deed.instance), {
          'mirror-target': this.#hand.target(deed.which) ?? 'tmt-0123456789abcdef0',
        });
      case 'tag with filter id':
        return this.#hand.tag(this.#hand.instance(deed.instance), {
          'mirror-filter': choose(this.#hand.filters(), deed.which) ?? 'tmf-0123456789abcdef0',
        });
      case 'untag':
        return this.#hand.untag([this.#hand.instance(deed.instance)], deed.key);
      case 'untag all':
        return this.#hand.untag(this.#hand.instances(), deed.key);
      case 'tag interface': {
        const eni = this.#hand.interface(deed.interface);
        return deed.value === '' ? this.#hand.untag([eni], 'mirror') : this.#hand.tag(eni, { mirror: deed.value });
      }
      case 'stop':
        return this.#hand.onInstances('StopInstances', deed.instance);
      case 'start':
        return this.#hand.onInstances('StartInstances', deed.instance);
      case 'terminate':
        return this.#hand.onInstances('TerminateInstances', deed.instance);
      case 'shut down from inside': {
        const id = this.#hand.instance(deed.instance);
        if (id !== undefined) this.#hand.emulator.ec2.controls.shutDownFromInside(id);
        return id ?? 'nothing to do it to';
      }
      case 'change type':
        return this.#hand.call('ModifyInstanceAttribute', {
          InstanceId: this.#hand.instance(deed.instance),
          InstanceType: { Value: deed.type },
        });
      case 'attach new interface':
        return attachNew(this.#hand, deed.instance);
      case 'attach':
        return attach(this.#hand, choose(this.#hand.free(), deed.interface), this.#hand.instance(deed.instance));
      case 'detach':
        return detach(this.#hand, choose(this.#hand.secondary(), deed.interface));
      case 'move':
        return move(this.#hand, deed);
      case 'delete interface':
        return this.#hand.call('DeleteNetworkInterface', { NetworkInterfaceId: choose(this.#hand.free(), deed.interface) });
      case 'make foreign session':
        return makeForeignSession(this.#hand, deed);
      case 'delete foreign session':
        return this.#hand.call('DeleteTrafficMirrorSession', {
          TrafficMirrorSessionId: choose(
            this.#hand.sessions((owner) => !this.#hand.owners.includes(owner)),
            deed.session,
          ),
        });
      case 'fill target':
        return fill(this.#hand, deed);
      case 'empty target':
        return empty(this.#hand, deed);
      case 'add target':
        return addTarget(this.#hand, deed);
      case 'delete target':
        return this.#hand.call('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: this.#hand.target(deed.target) });
      case 'move target to pool':
        return this.#hand.tag(this.#hand.target(deed.target), { 'automirror:target': deed.pool });
      case 'delete sensor interface':
        return deleteSensor(this.#hand, deed);
      case 'delete session by hand':
        return this.#hand.call('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: this.#hand.ownSession(deed.session) });
      case 'modify session by hand':
        return modifySession(this.#hand, deed);
      case 'retag session by hand':
        return this.#hand.tag(this.#hand.ownSession(deed.session), { [deed.key]: deed.value });
      case 'take owner tag off session':
        return this.#hand.untag([this.#hand.ownSession(deed.session)], 'automirror:owner');
      case 'give session to the other stack': {
        const id = this.#hand.ownSession(deed.session);
        const other = this.#hand.owners.find(
          (owner) => owner !== this.#hand.emulator.ec2.world.tags(id ?? '')['automirror:owner'],
        );
        return this.#hand.tag(id, { 'automirror:owner': other ?? '' });
      }
      case 'edit filter by hand':
        return editFilter(this.#hand, deed);
      case 'retag filter by hand': {
        const id = choose(this.#hand.ownFilters(), deed.filter);
        return deed.value === '' ? this.#hand.untag([id], deed.key) : this.#hand.tag(id, { [deed.key]: deed.value });
      }
      case 'make foreign filter':
        return this.#hand.call('CreateTrafficMirrorFilter', { Description: 'of another tool' });
    }
  }
}
