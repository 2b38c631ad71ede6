/** One wrong place of a definition. */
export interface DefinitionError {
  /** The file, relative to the project's folder, with `/`. */
  readonly file: string;
  /** JSON Pointer into the file; empty = the file as a whole. */
  readonly pointer: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
}

/** Every error of every definition, thrown at once before anything starts. */
export class DefinitionErrors extends Error {
  readonly errors: readonly DefinitionError[];

  constructor(errors: readonly DefinitionError[]) {
    super(
      `${errors.length === 1 ? 'One definition error' : `${errors.length} definition errors`}:\n${printErrors(errors)}`,
    );
    this.name = 'DefinitionErrors';
    this.errors = errors;
  }

  override toString(): string {
    return printErrors(this.errors);
  }
}

function printErrors(errors: readonly DefinitionError[]): string {
  return errors.map((error) => `${error.file}#${error.pointer || '/'}: ${error.message}`).join('\n');
}

/** Takes errors while the definitions are read and linked. */
export interface ErrorSink {
  add(file: string, pointer: string, message: string): void;
  readonly errors: readonly DefinitionError[];
}

/** A sink that keeps each error once. */
export function createErrorSink(): ErrorSink {
  const errors: DefinitionError[] = [];
  const seen = new Set<string>();
  return {
    errors,
    add(file, pointer, message) {
      const key = `${file}\n${pointer}\n${message}`;
      if (seen.has(key)) return;
      seen.add(key);
      errors.push({ file, pointer, message });
    },
  };
}

/** One step of a JSON Pointer (RFC 6901). */
export function step(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
