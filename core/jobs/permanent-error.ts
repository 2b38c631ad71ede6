/** Thrown by a handler when trying again cannot help: the job goes to the dead-letter list at once, with this message. */
export class PermanentJobError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentJobError';
  }
}
