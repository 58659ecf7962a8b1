/** The number of a slot's session where the policy gives none: 10, 20, 30. The gaps let somebody put a session in front later. */
export function defaultSessionNumber(slot: number): number {
  return (slot + 1) * 10;
}
