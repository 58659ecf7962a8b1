import { h } from './dom.ts';

type Theme = 'auto' | 'light' | 'dark';

const themes: readonly Theme[] = ['auto', 'light', 'dark'];
const key = 'automirror-report-theme';

/** The choice between the system's colours, light and dark; remembered where the browser lets a file remember. */
export function themeChoice(): HTMLElement {
  const select = h(
    'select',
    { id: 'theme', onchange: () => apply(themes.find((theme) => theme === select.value) ?? 'auto') },
    themes.map((theme) => h('option', { value: theme }, theme)),
  );
  function apply(theme: Theme): void {
    if (theme === 'auto') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme);
    select.value = theme;
    remember(theme);
  }
  apply(recall());
  return h('span', { class: 'field theme' }, h('label', { for: 'theme' }, 'Colours'), select);
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A page of its own origin, or none, may have no storage: then the choice lasts as long as the page.
  }
}

function recall(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? 'auto';
  } catch {
    return 'auto';
  }
}
