/** @file The links and headings of a Markdown page, as GitHub reads them. */

export interface Link {
  readonly target: string;
  /** The file, relative to the page; empty for the page itself. */
  readonly path: string;
  readonly anchor: string | undefined;
}

const withoutCode = (text: string): string => text.replace(/^```.*?^```$/gms, '');

/** The links that lead to files of the repository. */
export function linksOf(text: string): Link[] {
  const prose = withoutCode(text).replace(/`[^`\n]*`/g, (code) => (/[[\]]/.test(code) ? '' : code));
  return [...prose.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map(([, target]) => {
    const [path, anchor] = target.split('#');
    return { target, path, anchor };
  });
}

/** The anchors of the headings: lower case, no punctuation, hyphens for spaces, and a number if one occurs again. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => {
    const title = heading.trim().replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = title.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replace(/ /g, '-'), count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}
