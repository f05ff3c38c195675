/** What long work is made of, in its order; a comparison reads, parses, indexes and evaluates each of its sides. */
export type Stage = 'read' | 'parse' | 'index' | 'evaluate' | 'diff' | 'render';

/** Called again and again in the course of long work, with the stage that begins where one does; ends the work by throwing. */
export type Checkpoint = (stage?: Stage) => void;

export const NO_CHECKPOINT: Checkpoint = () => undefined;
