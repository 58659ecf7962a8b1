/** One page of the project's papers, taken apart as far as the tests need it. */
export interface MarkdownPage {
  /** Destinations of links and images, as written. */
  readonly links: readonly string[];
  /** What headings can be linked by, as GitHub makes it: `adding-a-policy-case`. */
  readonly anchors: ReadonlySet<string>;
  /** Lines of code blocks, and code spans. */
  readonly code: readonly string[];
  /** Code blocks with their language. */
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
}

/** Reads the Markdown that the project writes: fenced blocks, code spans, inline links, reference definitions, and `src` and `href` of HTML. */
export function readMarkdown(text: string): MarkdownPage {
  const blocks = [...text.matchAll(/^([ \t]*)(`{3,}|~{3,})([^\n]*)\n([\s\S]*?)^[ \t]*\2[ \t]*$/gm)].map((found) => ({
    language: (found[3] ?? '').trim(),
    text: found[4] ?? '',
  }));
  const prose = text.replace(/^([ \t]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^[ \t]*\2[ \t]*$/gm, '').replace(/<!--[\s\S]*?-->/g, '');
  const spans = [...prose.matchAll(/(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g)].map((found) =>
    (found[2] ?? '').replace(/\s+/g, ' ').trim(),
  );
  const plain = prose.replace(/(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g, (span) => span.replace(/[()[\]<>]/g, ''));
  return {
    links: [
      ...captures(plain, /\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g),
      ...captures(plain, /^[ \t]*\[[^\]]+\]:[ \t]*<?(\S+?)>?(?:[ \t].*)?$/gm),
      ...captures(plain, /\b(?:src|href)="([^"]+)"/g),
    ],
    anchors: anchorsOf(prose),
    code: [...blocks.flatMap((block) => block.text.split('\n')), ...spans],
    blocks,
  };
}

function captures(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].flatMap((found) => found[1] ?? []);
}

function anchorsOf(prose: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of captures(prose, /^#{1,6}[ \t]+(.+?)[ \t]*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let unique = slug;
    for (let again = 1; anchors.has(unique); again += 1) unique = `${slug}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}
