/** What a value of a template refers to, before anything is resolved. */
import { chooseBranch, intrinsicOf, isObject, type Scope } from './intrinsics.ts';

/** The names a value refers to by Ref, Fn::GetAtt and Fn::Sub, in the branches of Fn::If that are taken. */
export function referencesOf(value: unknown, scope: Scope, path: string): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) walk(item);
    if (!isObject(node)) return;
    const [name, argument] = intrinsicOf(node, path) ?? [undefined, undefined];
    if (name === 'Fn::If') {
      walk(chooseBranch(argument, scope, path));
      return;
    }
    if (name === 'Ref') names.add(String(argument));
    if (name === 'Fn::GetAtt') names.add(String(Array.isArray(argument) ? argument[0] : argument).split('.')[0] ?? '');
    if (name === 'Fn::Sub') {
      const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
      for (const [, body = ''] of String(template).matchAll(/\$\{([^!}][^}]*)\}/g)) {
        const [id = ''] = body.trim().split('.');
        if (!Object.hasOwn(variables ?? {}, body.trim())) names.add(id);
      }
      walk(variables);
      return;
    }
    for (const item of Object.values(node)) walk(item);
  };
  walk(value);
  return names;
}
