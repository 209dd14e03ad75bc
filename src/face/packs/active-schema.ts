import { z } from 'zod';

/** What a pack may be called, and its directory. */
export const PACK_NAME: RegExp = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** `active.json` in the directory of packs: by task, the pack in force. */
export const activeSchema = z.object({
  embedding: z.string().regex(PACK_NAME).optional(),
  'presentation-attack-detection': z.string().regex(PACK_NAME).optional(),
});
export type ActivePacks = z.infer<typeof activeSchema>;
