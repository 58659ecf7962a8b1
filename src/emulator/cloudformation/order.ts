/** In which order the resources of a stack are created: each after those it refers to or depends on. */
import type { Scope } from './intrinsics.ts';
import { referencesOf } from './references.ts';
import { type Template, TemplateError } from './template.ts';

/** The logical ids whose condition holds, dependencies first, otherwise in the template's order. Throws TemplateError for a cycle or an unknown name. */
export function creationOrder(template: Template, scope: Scope, isKnownName: (name: string) => boolean): readonly string[] {
  const active = new Map(
    Object.entries(template.Resources).filter(([id, { Condition }]) => {
      if (Condition === undefined) return true;
      const holds = scope.condition(Condition);
      if (holds === undefined) throw new TemplateError(`${id}: Unresolved condition ${Condition}`);
      return holds;
    }),
  );

  function dependenciesOf(id: string): readonly string[] {
    const resource = active.get(id);
    const referred = [...referencesOf(resource?.Properties, scope, id)].filter((name) => !isKnownName(name));
    const missing = referred.find((name) => !active.has(name));
    if (missing !== undefined) throw new TemplateError(`${id}: Unresolved reference to ${missing}`);
    const declared = [resource?.DependsOn ?? []].flat();
    const absent = declared.find((name) => !(name in template.Resources));
    if (absent !== undefined) throw new TemplateError(`${id}: DependsOn names ${absent}, which is no resource`);
    return [...referred, ...declared.filter((name) => active.has(name))];
  }

  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  function visit(id: string, trail: readonly string[]): void {
    if (state.get(id) === 'done') return;
    if (state.get(id) === 'open')
      throw new TemplateError(`Circular dependency between resources: ${[...trail, id].join(' -> ')}`);
    state.set(id, 'open');
    for (const dependency of dependenciesOf(id)) visit(dependency, [...trail, id]);
    state.set(id, 'done');
    order.push(id);
  }
  for (const id of active.keys()) visit(id, []);
  return order;
}
