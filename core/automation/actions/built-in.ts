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
import { inputOf } from './input.ts';
import { updateAction } from './update.ts';
import { webhookAction } from './webhook.ts';
import type { OutboundService } from './webhook.ts';

export interface ActionServices {
  readonly documents: DocumentService;
  readonly mail: MailService;
  readonly outbound: OutboundService;
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

const CONTROL = (['wait', 'branch', 'each'] as const).map((name): ActionType => ({
  name,
  kind: 'control',
  input: inputOf(name),
}));

function builtIn({ documents, mail, outbound }: ActionServices): readonly ActionType[] {
  return [
    createAction,
    updateAction,
    moveAction,
    assignAction,
    notifyAction,
    documentAction(documents),
    mailAction(mail),
    webhookAction(outbound),
    ...CONTROL,
  ];
}

/** What each action takes, for the check of the definitions and the forms of the screens. */
export function actionInputs(actions: ReadonlyMap<string, ActionType>): ReadonlyMap<string, JsonSchema> {
  return new Map([...actions].map(([name, action]) => [name, action.input]));
}
