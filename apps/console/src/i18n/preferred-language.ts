export const languages = ['pt', 'en'] as const;
export type Language = (typeof languages)[number];

/** The first language of the browser that is spoken here, unless another was chosen. */
export function preferredLanguage(chosen: string | null, wanted: readonly string[]): Language {
  const known = [chosen ?? '', ...wanted].map((tag) => tag.toLowerCase().split('-')[0]);
  for (const tag of known) for (const language of languages) if (tag === language) return language;
  return 'en';
}
