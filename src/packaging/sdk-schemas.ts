/** Rewrites the SDK's generated schema modules, so that the bundle keeps only the shapes that are used, in their shortest form. */

/**
 * The same schemas with literal keys. A computed key such as `{ [_xN]: _a }` may have side effects, so esbuild has to keep every one
 * of EC2's thousands of shapes; with `{ xmlName: _a }` it drops those that no operation in use can reach.
 *
 * An `ec2QueryName` that equals the capitalised `xmlName` is left out: the SDK's query serializer derives the very same name.
 */
export function pureSchemas(source: string): string {
  const constants = stringConstants(source);
  const value = (expression: string): string | undefined =>
    expression.startsWith('`') ? expression.slice(1, -1) : constants.get(expression);

  return source
    .replace(/\[(_[A-Za-z0-9_$]+)\]:/g, (whole, name: string) => {
      const text = constants.get(name);
      return text === undefined ? whole : `${JSON.stringify(text)}:`;
    })
    .replace(
      /\{ "ec2QueryName": (`[^`]*`|_[A-Za-z0-9_$]+),\s*"xmlName": (`[^`]*`|_[A-Za-z0-9_$]+)/g,
      (whole, query: string, xml: string) => {
        const xmlName = value(xml);
        const derived = xmlName === undefined ? undefined : xmlName.charAt(0).toUpperCase() + xmlName.slice(1);
        return derived !== undefined && derived === value(query) ? `{ "xmlName": ${xml}` : whole;
      },
    );
}

/**
 * The same schemas with only the given members of a structure. Throws when the structure or a member is not in the source, or when the
 * structure has required members.
 */
export function onlyMembers(source: string, structure: string, members: readonly string[]): string {
  const found = parseStructure(source, structure);
  if (found.required > 0) throw new Error(`the SDK's ${structure} has required members`);
  const missing = members.find((member) => !found.names.includes(member));
  if (missing !== undefined) throw new Error(`the SDK's ${structure} has no member ${missing}`);

  const kept = found.names.flatMap((name, index) => (members.includes(name) ? [index] : []));
  const pick = (list: readonly string[]): string => `[${kept.map((index) => list[index]).join(', ')}]`;
  const pruned = [...found.head, pick(found.nameElements), pick(found.schemaElements)].join(', ');
  return `${source.slice(0, found.start)}[${pruned}]${source.slice(found.end)}`;
}

/**
 * The same schemas without the element names that follow from those of the members, by a small first letter, and without `item` of lists; and without
 * the names of structures and lists, which only messages about wrong schemas tell. For pure schemas of EC2 alone: src/aws/bundle/xml-answer.ts derives the
 * element names again, and a request's key is the member's own name.
 */
export function withoutDerivedNames(source: string): string {
  const constants = stringConstants(source);
  const textOf = (expression: string): string => constants.get(expression) ?? expression.replace(/^`|`$/g, '');
  const plain = (element: string, derived: string): string => {
    const [, schema, xmlName] = /^\[([^,]+),\s*\{ "xmlName": ([^,\s]+) \}\]$/.exec(element) ?? [];
    return schema !== undefined && xmlName !== undefined && textOf(xmlName) === derived ? schema : element;
  };
  const structures = source.replace(/^export var (\w+)\$ = (\[3, [^;]*\]);$/gm, (_whole, name: string, structure: string) => {
    const parts = elements(structure);
    const names = elements(parts[4] ?? '').map(textOf);
    const schemas = elements(parts[5] ?? '').map((element, index) => {
      const member = names[index] ?? '';
      return plain(element, member.charAt(0).toLowerCase() + member.slice(1));
    });
    return `export var ${name}$ = [${[...parts.slice(0, 2), '""', ...parts.slice(3, 5), `[${schemas.join(', ')}]`, ...parts.slice(6)].join(', ')}\n];`;
  });
  return structures.replace(
    /^((?:export )?var \w+ = \[1, \w+, )\w+(,\s*0, )(\[.*?\])(?=\n\];)/gms,
    (_whole, head: string, traits: string, item: string) => {
      return `${head}""${traits}${plain(item.replace(/\s*\n\s*/g, ' '), 'item')}`;
    },
  );
}

/** The names of a structure's members, in the order of the source. Throws when there is no such structure. */
export function memberNames(source: string, structure: string): readonly string[] {
  return parseStructure(source, structure).names;
}

/** A structure is `[3, namespace, name, traits, [member names], [member schemas], number of required members, which come first]`. */
function parseStructure(source: string, structure: string) {
  const declaration = `export var ${structure}$ = `;
  const at = source.indexOf(declaration);
  const start = at + declaration.length;
  const end = source.indexOf('\n];', start) + 2;
  if (at < 0 || end < 2) throw new Error(`the SDK has no structure ${structure}`);
  const parts = elements(source.slice(start, end));
  const constants = stringConstants(source);
  const nameElements = elements(parts[4] ?? '');
  return {
    start,
    end,
    head: parts.slice(0, 4),
    nameElements,
    names: nameElements.map((name) => constants.get(name) ?? name),
    schemaElements: elements(parts[5] ?? ''),
    required: Number(parts[6] ?? 0),
  };
}

/**
 * The same schemas with only the given error classes registered: any other error arrives as the service's base exception, with its
 * name, message, fault and metadata. Throws when a class is not in the source.
 */
export function withoutErrorClasses(source: string, kept: readonly string[]): string {
  const registered: string[] = [];
  const trimmed = source.replace(/^n0_registry\.registerError\((\w+)\$, \w+\);$/gm, (line, name: string) => {
    registered.push(name);
    return kept.includes(name) ? line : '';
  });
  const missing = kept.find((name) => !registered.includes(name));
  if (missing !== undefined) throw new Error(`the SDK registers no error ${missing}`);
  return trimmed;
}

function stringConstants(source: string): Map<string, string> {
  const constants = new Map<string, string>();
  for (const [, name, text] of source.matchAll(/^const (_[A-Za-z0-9_$]+) = "((?:[^"\\]|\\.)*)";$/gm)) {
    if (name !== undefined && text !== undefined) constants.set(name, text);
  }
  return constants;
}

/** The elements of an array literal as source text: split at the commas that no bracket, brace or quote encloses. */
function elements(array: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 1;
  for (let at = 0; at < array.length; at += 1) {
    const char = array.charAt(at);
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '`' || char === '"') quote = char;
    else if ('[{('.includes(char)) depth += 1;
    else if (']})'.includes(char)) depth -= 1;
    if (quote === '' && ((char === ',' && depth === 1) || depth === 0)) {
      const element = array.slice(from, at).trim();
      if (element !== '') found.push(element);
      from = at + 1;
    }
  }
  return found;
}
