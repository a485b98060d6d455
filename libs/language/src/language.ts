/** Languages with an analyser of their own; `other` is any other language, or a text that could be both. */
export type Language = 'pt' | 'en' | 'other';
