/** Ids as EC2 writes them: a prefix, a hyphen and hex digits. */
export type InstanceId = `i-${string}`;
export type EniId = `eni-${string}`;
export type SessionId = `tms-${string}`;
export type TargetId = `tmt-${string}`;
export type FilterId = `tmf-${string}`;
export type FilterRuleId = `tmfr-${string}`;

const hex = '[0-9a-f]{8,17}';
const instanceIdForm = new RegExp(`^i-${hex}$`);
const targetIdForm = new RegExp(`^tmt-${hex}$`);
const filterIdForm = new RegExp(`^tmf-${hex}$`);

/** Whether `text` has the form of an instance id (8 or 17 hex digits; anything between is let through). */
export function isInstanceId(text: string): text is InstanceId {
  return instanceIdForm.test(text);
}

/** Whether `text` has the form of a traffic mirror target id. */
export function isTargetId(text: string): text is TargetId {
  return targetIdForm.test(text);
}

/** Whether `text` has the form of a traffic mirror filter id. */
export function isFilterId(text: string): text is FilterId {
  return filterIdForm.test(text);
}
