/** A page: its place, its words, its script. */
export interface Page {
  readonly path: string;
  readonly title: string;
  /** HTML of `main`. */
  readonly body: string;
  /** The name of its script and style sheet in `public/`, if it has them. */
  readonly files?: string;
}

/** What every page says. */
export interface PageContext {
  /** The store, in words. */
  readonly store: string;
}

/** The whole document. */
export function layout(page: Page, pages: readonly Page[], { store }: PageContext): string {
  const links = pages.map(({ path, title }) => {
    const current = path === page.path ? ' aria-current="page"' : '';
    return `<li><a href="${path}"${current}>${title}</a></li>`;
  });
  const files = page.files
    ? `<link rel="stylesheet" href="/${page.files}.css">
<script type="module" src="/${page.files}.js"></script>`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Grove KV playground</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/parts.css">
${files}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><img src="/icon.svg" alt="" width="22" height="22">Grove KV <span>playground</span></a>
<nav aria-label="Pages"><ul>${links.join('')}</ul></nav>
</header>
<main id="main" tabindex="-1">
${page.body}
</main>
<footer><span>Store: ${escapeHtml(store)}</span><span id="link" role="status"></span></footer>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
