import type { MouseEvent } from 'react';

/** A link inside a row that opens a record does its own thing only. */
export const stopRowClick = (event: MouseEvent): void => event.stopPropagation();
