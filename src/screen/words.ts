import type { Language } from '../domain/visit.js';
import { ENGLISH } from './words-en.js';
import type { Words } from './words-shape.js';
import { CHINESE } from './words-zh.js';

/** Every word of the page, by language. */
export const WORDS = { zh: CHINESE, en: ENGLISH } satisfies Record<Language, Words>;
