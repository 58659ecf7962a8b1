/** Resource-based policies (queue policies, CloudWatch Logs resource policies) as far as a calling AWS service is concerned. */

/** An AWS service that acts on a resource on behalf of another resource. */
export interface ServiceAccess {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `sqs:SendMessage` */
  readonly action: string;
  readonly resource: string;
  /** Condition keys in any case, e.g. `aws:SourceArn`, `aws:SourceAccount`. */
  readonly context: Readonly<Record<string, string>>;
}

type Statement = Readonly<Record<string, unknown>>;

/** Whether the policy document lets the service do it: some Allow statement matches and no Deny does. Anything not understood does not match. */
export function policyAllows(document: unknown, access: ServiceAccess): boolean {
  const matching = statementsOf(document).filter((statement) => matchesStatement(statement, access));
  return matching.some((one) => one.Effect === 'Allow') && !matching.some((one) => one.Effect === 'Deny');
}

function statementsOf(document: unknown): readonly Statement[] {
  if (!isRecord(document)) return [];
  return list(document.Statement).filter(isRecord);
}

function matchesStatement(statement: Statement, access: ServiceAccess): boolean {
  return (
    matchesPrincipal(statement.Principal, access.service) &&
    strings(statement.Action).some((pattern) => like(pattern.toLowerCase(), access.action.toLowerCase())) &&
    strings(statement.Resource).some((pattern) => like(pattern, access.resource)) &&
    matchesConditions(statement.Condition, access.context)
  );
}

function matchesPrincipal(principal: unknown, service: string): boolean {
  if (principal === '*') return true;
  if (!isRecord(principal)) return false;
  return strings(principal.Service).includes(service) || strings(principal.AWS).includes('*');
}

/** Every operator and every key must hold; one of a key's values suffices (for the negated operators: none may be equal). */
function matchesConditions(condition: unknown, context: Readonly<Record<string, string>>): boolean {
  if (condition === undefined) return true;
  if (!isRecord(condition)) return false;
  const values = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(condition).every(
    ([operator, keys]) =>
      isRecord(keys) &&
      Object.entries(keys).every(([key, wanted]) => holds(operator, values.get(key.toLowerCase()), strings(wanted))),
  );
}

function holds(operator: string, actual: string | undefined, wanted: readonly string[]): boolean {
  const isOptional = operator.endsWith('IfExists');
  const plain = isOptional ? operator.slice(0, -'IfExists'.length) : operator;
  if (actual === undefined) return isOptional;
  switch (plain) {
    case 'StringEquals':
      return wanted.includes(actual);
    case 'StringNotEquals':
      return !wanted.includes(actual);
    case 'StringEqualsIgnoreCase':
      return wanted.some((value) => value.toLowerCase() === actual.toLowerCase());
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return wanted.some((pattern) => like(pattern, actual));
    case 'StringNotLike':
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return !wanted.some((pattern) => like(pattern, actual));
    case 'Bool':
      return wanted.some((value) => value.toLowerCase() === actual.toLowerCase());
    default:
      return false;
  }
}

/** IAM's `*` and `?`. */
function like(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\/-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function strings(value: unknown): readonly string[] {
  return list(value)
    .filter((one) => typeof one === 'string' || typeof one === 'boolean')
    .map(String);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
