import { byId } from './dom.js';

/** Light, dark, or as the system has it. Nothing is kept: a file has no place of its own to keep it in. */
export function startThemeSwitch(): void {
  const select = byId('theme', HTMLSelectElement);
  select.addEventListener('change', () => {
    if (select.value === 'light' || select.value === 'dark') document.documentElement.dataset['theme'] = select.value;
    else delete document.documentElement.dataset['theme'];
  });
}
