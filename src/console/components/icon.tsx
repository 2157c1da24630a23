// Icons as inline SVG: they need no request and have the colour of the text. Screen readers skip them.

export type IconName = keyof typeof PATHS

export const Icon = ({ name }: { name: IconName }) => (
  <svg class={`icon-svg icon-${name}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
)

const PATHS = {
  folder: 'M2.5 5.5h5l1.5 2h8.5v8h-15z',
  list: 'M7 5h10M7 10h10M7 15h10M3 5h.01M3 10h.01M3 15h.01',
  key: 'M12.5 3.5a4 4 0 1 1-2.6 7L4 16.5H2.5v-3h2v-2h2l1.4-1.4a4 4 0 0 1 4.6-6.6zM13.5 6.5h.01',
  book: 'M10 5.5c-2-1.5-4.5-1.5-7-1v11c2.5-.5 5-.5 7 1 2-1.5 4.5-1.5 7-1v-11c-2.5-.5-5-.5-7 1zM10 5.5v11',
  person: 'M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 16.5c.5-3.5 3-5 6-5s5.5 1.5 6 5',
  leave: 'M8 3.5H4v13h4M12 6.5l3.5 3.5-3.5 3.5M15.5 10H7.5',
  chevron: 'M12 5l-5 5 5 5',
  system: 'M3 4.5h14v9H3zM7 16.5h6',
  light:
    'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1',
  dark: 'M16.5 11.5A6.5 6.5 0 1 1 8.5 3.5a5 5 0 0 0 8 8z',
  plus: 'M10 4v12M4 10h12',
  copy: 'M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7',
  check: 'M4 10.5l4 4 8-9',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4',
  warning: 'M10 3l7.5 13.5h-15zM10 8v4M10 14.5h.01',
  next: 'M8 5l5 5-5 5',
} as const
