import type { JsonSchema } from '../../fields/field-type.ts';
import type { ActionType } from '../action-type.ts';
import { assignAction } from './assign.ts';
import { createAction } from './create.ts';
import { documentAction } from './document.ts';
import type { DocumentService } from './document.ts';
import { mailAction } from './mail.ts';
import type { MailService } from './mail.ts';
import { moveAction } from './move.ts';
import { notifyAction } from './notify.ts';
import { updateAction } from './update.ts';

export interface ActionServices {
  readonly documents: DocumentService;
  readonly mail: MailService;
}

/** The actions core brings, and those of packages, by name. */
export function createActions(
  services: ActionServices,
  extra: readonly ActionType[] = [],
): ReadonlyMap<string, ActionType> {
  const actions = new Map<string, ActionType>();
  for (const action of [...builtIn(services), ...extra]) {
    if (actions.has(action.name)) throw new Error(`There are two actions named "${action.name}".`);
    actions.set(action.name, action);
  }
  return actions;
}

function builtIn({ documents, mail }: ActionServices): readonly ActionType[] {
  return [
    createAction,
    updateAction,
    moveAction,
    assignAction,
    notifyAction,
    documentAction(documents),
    mailAction(mail),
  ];
}

/** What each action takes, for the check of the definitions and the forms of the screens. */
export function actionInputs(actions: ReadonlyMap<string, ActionType>): ReadonlyMap<string, JsonSchema> {
  return new Map([...actions].map(([name, action]) => [name, action.input]));
}
