import type { ModifyInstanceAttributeRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, existing } from '../authorization.ts';
import { checkId, checkIds, need } from '../ids.ts';
import { instanceTypeFacts } from '../instance-types.ts';
import type { InstanceRecord } from '../records.ts';
import { badCombination, invalidValue, missing, required } from '../refusals.ts';

const readBoolean = (parameter: string, text: string): boolean => {
  if (text !== 'true' && text !== 'false') throw invalidValue(parameter, text, 'Expected true or false.');
  return text === 'true';
};

const readBehavior = (parameter: string, text: string): InstanceRecord['shutdownBehavior'] => {
  if (text !== 'stop' && text !== 'terminate') throw invalidValue(parameter, text, 'Expected stop or terminate.');
  return text;
};

interface Change {
  readonly instanceType?: string;
  readonly sourceDestCheck?: boolean;
  readonly disableApiTermination?: boolean;
  readonly shutdownBehavior?: InstanceRecord['shutdownBehavior'];
  readonly groupIds?: readonly string[];
}

/** The one attribute of a request, given by its own parameter or as `Attribute` and `Value`. */
function changeIn(input: ModifyInstanceAttributeRequest): Change {
  const changes: Change[] = [];
  if (input.InstanceType?.Value !== undefined) changes.push({ instanceType: input.InstanceType.Value });
  if (input.SourceDestCheck?.Value !== undefined) changes.push({ sourceDestCheck: input.SourceDestCheck.Value });
  if (input.DisableApiTermination?.Value !== undefined)
    changes.push({ disableApiTermination: input.DisableApiTermination.Value });
  const behavior = input.InstanceInitiatedShutdownBehavior?.Value;
  if (behavior !== undefined)
    changes.push({ shutdownBehavior: readBehavior('InstanceInitiatedShutdownBehavior.Value', behavior) });
  if (input.Groups !== undefined) changes.push({ groupIds: input.Groups });
  if (input.Attribute !== undefined) {
    const value = required('Value', input.Value);
    if (input.Attribute === 'instanceType') changes.push({ instanceType: value });
    else if (input.Attribute === 'sourceDestCheck') changes.push({ sourceDestCheck: readBoolean('Value', value) });
    else if (input.Attribute === 'disableApiTermination') changes.push({ disableApiTermination: readBoolean('Value', value) });
    else if (input.Attribute === 'instanceInitiatedShutdownBehavior')
      changes.push({ shutdownBehavior: readBehavior('Value', value) });
    else
      throw new AwsError(
        'UnsupportedOperation',
        `The emulated ModifyInstanceAttribute does not take the attribute ${input.Attribute}`,
      );
  }
  const [change, second] = changes;
  if (second !== undefined) throw badCombination('Only one attribute can be modified at a time');
  if (change === undefined) throw missing('Attribute');
  return change;
}

function apply(change: Change, instance: InstanceRecord, call: Call): void {
  const { world } = call;
  const { instanceType, sourceDestCheck, groupIds, disableApiTermination, shutdownBehavior } = change;
  const [primary] = instance.networkInterfaceIds;
  if (instanceType !== undefined) {
    if (instance.state !== 'stopped') {
      throw new AwsError('IncorrectInstanceState', `The instance '${instance.instanceId}' is not in the 'stopped' state.`);
    }
    if (instanceTypeFacts(instanceType) === undefined)
      throw new AwsError('InvalidParameterValue', `Invalid value '${instanceType}' for InstanceType.`);
    world.instances.patch(instance.instanceId, { instanceType });
  }
  if (shutdownBehavior !== undefined) world.instances.patch(instance.instanceId, { shutdownBehavior });
  if (disableApiTermination !== undefined) world.instances.patch(instance.instanceId, { disableApiTermination });
  if (primary !== undefined && sourceDestCheck !== undefined) world.networkInterfaces.patch(primary, { sourceDestCheck });
  if (primary !== undefined && groupIds !== undefined) {
    for (const groupId of groupIds) need(world.securityGroups, 'security-group', groupId, call);
    world.networkInterfaces.patch(primary, { groupIds });
  }
}

export const modifyInstanceAttribute = operation<ModifyInstanceAttributeRequest, object>({
  name: 'ModifyInstanceAttribute',
  mutating: true,
  check(input) {
    checkId('instance', required('InstanceId', input.InstanceId));
    checkIds('security-group', input.Groups);
    changeIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'ModifyInstanceAttribute', [existing(call, 'instance', input.InstanceId ?? '')]),
  perform(input, call) {
    apply(changeIn(input), need(call.world.instances, 'instance', required('InstanceId', input.InstanceId), call), call);
    return {};
  },
});
