// Written by `casement types` from the definitions. Change those and write it anew.

export interface Activity {
  kind: 'call' | 'meeting' | 'visit' | 'mail' | 'note' | 'message';
  subject: string | null;
  /**
   * What was said
   */
  body: string | null;
  /**
   * What was agreed
   */
  outcome: string | null;
  nextStep: string | null;
  /**
   * When
   */
  at: string | null;
  duration: string | null;
  about: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  } | null;
  contact: string | null;
  follows: string | null;
  /**
   * By
   */
  assignee: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface ActivityInput {
  kind: 'call' | 'meeting' | 'visit' | 'mail' | 'note' | 'message';
  subject?: string | null;
  /**
   * What was said
   */
  body?: string | null;
  /**
   * What was agreed
   */
  outcome?: string | null;
  nextStep?: string | null;
  /**
   * When
   */
  at?: string | null;
  duration?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  } | null;
  contact?: string | null;
  follows?: string | null;
  /**
   * By
   */
  assignee?: string | null;
  followUps?: Omit<ActivityInput, 'follows'>[];
}
export interface ActivityPatch {
  kind?: 'call' | 'meeting' | 'visit' | 'mail' | 'note' | 'message';
  subject?: string | null;
  /**
   * What was said
   */
  body?: string | null;
  /**
   * What was agreed
   */
  outcome?: string | null;
  nextStep?: string | null;
  /**
   * When
   */
  at?: string | null;
  duration?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  } | null;
  contact?: string | null;
  follows?: string | null;
  /**
   * By
   */
  assignee?: string | null;
  followUps?: Omit<ActivityInput, 'follows'>[];
}
export interface Company {
  name: string;
  /**
   * Registration code
   */
  regCode: string | null;
  phone: string | null;
  'phone:typed': string | null;
  email: string | null;
  site: string | null;
  address: string | null;
  city: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country: string | null;
  industry: string | null;
  preferredTerms: string | null;
  /**
   * Responsible
   */
  assignee: string | null;
  notes: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface CompanyInput {
  name: string;
  /**
   * Registration code
   */
  regCode?: string | null;
  phone?: string | null;
  email?: string | null;
  site?: string | null;
  address?: string | null;
  city?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  industry?: string | null;
  preferredTerms?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  contacts?: Omit<ContactInput, 'company'>[];
  deals?: Omit<DealInput, 'company'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface CompanyPatch {
  name?: string;
  /**
   * Registration code
   */
  regCode?: string | null;
  phone?: string | null;
  email?: string | null;
  site?: string | null;
  address?: string | null;
  city?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  industry?: string | null;
  preferredTerms?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  contacts?: Omit<ContactInput, 'company'>[];
  deals?: Omit<DealInput, 'company'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface Contact {
  name: string;
  email: string | null;
  phone: string | null;
  'phone:typed': string | null;
  address: string | null;
  city: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country: string | null;
  language: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  source:
    | ('site' | 'phone' | 'walk-in' | 'recommendation' | 'advertising' | 'social' | 'exhibition' | 'repeat' | 'other')
    | null;
  company: string | null;
  birthday: string | null;
  sex: ('female' | 'male') | null;
  incomeBand: ('low' | 'middle' | 'high') | null;
  /**
   * Responsible
   */
  assignee: string | null;
  notes: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface ContactInput {
  name: string;
  email?: string | null;
  phone?: string | null;
  address?: string | null;
  city?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  language?: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  source?:
    | ('site' | 'phone' | 'walk-in' | 'recommendation' | 'advertising' | 'social' | 'exhibition' | 'repeat' | 'other')
    | null;
  company?: string | null;
  birthday?: string | null;
  sex?: ('female' | 'male') | null;
  incomeBand?: ('low' | 'middle' | 'high') | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  deals?: Omit<DealInput, 'customer'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface ContactPatch {
  name?: string;
  email?: string | null;
  phone?: string | null;
  address?: string | null;
  city?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  language?: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  source?:
    | ('site' | 'phone' | 'walk-in' | 'recommendation' | 'advertising' | 'social' | 'exhibition' | 'repeat' | 'other')
    | null;
  company?: string | null;
  birthday?: string | null;
  sex?: ('female' | 'male') | null;
  incomeBand?: ('low' | 'middle' | 'high') | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  deals?: Omit<DealInput, 'customer'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface Deal {
  title: string;
  customer: string;
  company: string | null;
  /**
   * Responsible
   */
  assignee: string | null;
  source:
    | ('site' | 'phone' | 'walk-in' | 'recommendation' | 'advertising' | 'social' | 'exhibition' | 'repeat' | 'other')
    | null;
  address: string | null;
  total: string | null;
  paid: string | null;
  /**
   * Still to pay
   */
  balance: string | null;
  expectedOn: string | null;
  closedOn: string | null;
  outcome: ('won' | 'lost') | null;
  lostReason: ('price' | 'competitor' | 'term' | 'not-needed' | 'no-answer' | 'quality' | 'other') | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  /**
   * Came from page
   */
  referrer: string | null;
  notes: string | null;
  /**
   * Building
   */
  objectType: ('apartment' | 'house' | 'office' | 'other') | null;
  /**
   * Frames
   */
  windowType: ('pvc' | 'wood' | 'wood-aluminium' | 'aluminium') | null;
  /**
   * Measurement visit
   */
  measurementAt: string | null;
  measurer: string | null;
  /**
   * Installation date
   */
  installationOn: string | null;
  installer: string | null;
  /**
   * Task of the stage: Ticked off by itself when the deal moves on
   */
  stageTask: string | null;
  /**
   * First payment: Half of the total, due before the windows are ordered
   */
  prepayment: string | null;
  pipeline: 'windows';
  stage: 'first-call' | 'measurement' | 'agreement' | 'payment' | 'installation' | 'won' | 'lost';
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface DealInput {
  title: string;
  customer: string;
  company?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  source?:
    | ('site' | 'phone' | 'walk-in' | 'recommendation' | 'advertising' | 'social' | 'exhibition' | 'repeat' | 'other')
    | null;
  address?: string | null;
  expectedOn?: string | null;
  closedOn?: string | null;
  outcome?: ('won' | 'lost') | null;
  lostReason?: ('price' | 'competitor' | 'term' | 'not-needed' | 'no-answer' | 'quality' | 'other') | null;
  utmSource?: string | null;
  utmMedium?: string | null;
  utmCampaign?: string | null;
  /**
   * Came from page
   */
  referrer?: string | null;
  notes?: string | null;
  /**
   * Building
   */
  objectType?: ('apartment' | 'house' | 'office' | 'other') | null;
  /**
   * Frames
   */
  windowType?: ('pvc' | 'wood' | 'wood-aluminium' | 'aluminium') | null;
  /**
   * Measurement visit
   */
  measurementAt?: string | null;
  measurer?: string | null;
  /**
   * Installation date
   */
  installationOn?: string | null;
  installer?: string | null;
  /**
   * Task of the stage: Ticked off by itself when the deal moves on
   */
  stageTask?: string | null;
  pipeline?: 'windows';
  stage?: 'first-call' | 'measurement' | 'agreement' | 'payment' | 'installation' | 'won' | 'lost';
  activities?: Omit<ActivityInput, 'about'>[];
  lines?: Omit<DealLineInput, 'deal'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  payments?: Omit<PaymentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface DealPatch {
  title?: string;
  customer?: string;
  company?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  source?:
    | ('site' | 'phone' | 'walk-in' | 'recommendation' | 'advertising' | 'social' | 'exhibition' | 'repeat' | 'other')
    | null;
  address?: string | null;
  expectedOn?: string | null;
  closedOn?: string | null;
  outcome?: ('won' | 'lost') | null;
  lostReason?: ('price' | 'competitor' | 'term' | 'not-needed' | 'no-answer' | 'quality' | 'other') | null;
  utmSource?: string | null;
  utmMedium?: string | null;
  utmCampaign?: string | null;
  /**
   * Came from page
   */
  referrer?: string | null;
  notes?: string | null;
  /**
   * Building
   */
  objectType?: ('apartment' | 'house' | 'office' | 'other') | null;
  /**
   * Frames
   */
  windowType?: ('pvc' | 'wood' | 'wood-aluminium' | 'aluminium') | null;
  /**
   * Measurement visit
   */
  measurementAt?: string | null;
  measurer?: string | null;
  /**
   * Installation date
   */
  installationOn?: string | null;
  installer?: string | null;
  /**
   * Task of the stage: Ticked off by itself when the deal moves on
   */
  stageTask?: string | null;
  pipeline?: 'windows';
  stage?: 'first-call' | 'measurement' | 'agreement' | 'payment' | 'installation' | 'won' | 'lost';
  activities?: Omit<ActivityInput, 'about'>[];
  lines?: Omit<DealLineInput, 'deal'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  payments?: Omit<PaymentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface DealLine {
  deal: string;
  title: string | null;
  product: string | null;
  quantity: string | null;
  /**
   * Agreed price: Agreed unit price, overrides the calculated one
   */
  price: string | null;
  /**
   * Calculated price: Unit price worked out from the parameters of the line
   */
  calculated: string | null;
  amount: string | null;
  /**
   * Width, mm
   */
  width: (number | string) | null;
  /**
   * Height, mm
   */
  height: (number | string) | null;
  opening: ('fixed' | 'turn' | 'tilt' | 'tiltTurn' | 'sliding') | null;
  glazing: ('double' | 'triple' | 'sound' | 'safety') | null;
  handle: ('standard' | 'lockable' | 'childSafe') | null;
  /**
   * Window sill
   */
  sill: boolean | null;
  /**
   * Area, m²: Charged as at least 0.5 m²
   */
  area: string | null;
  /**
   * Price per m²: Price of the product, or 150 where it has none per m², and what the glazing adds
   */
  rate: string | null;
  /**
   * For each window: opening, handle and sill
   */
  extras: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface DealLineInput {
  deal: string;
  title?: string | null;
  product?: string | null;
  quantity?: string | null;
  /**
   * Agreed price: Agreed unit price, overrides the calculated one
   */
  price?: string | null;
  /**
   * Width, mm
   */
  width?: (number | string) | null;
  /**
   * Height, mm
   */
  height?: (number | string) | null;
  opening?: ('fixed' | 'turn' | 'tilt' | 'tiltTurn' | 'sliding') | null;
  glazing?: ('double' | 'triple' | 'sound' | 'safety') | null;
  handle?: ('standard' | 'lockable' | 'childSafe') | null;
  /**
   * Window sill
   */
  sill?: boolean | null;
}
export interface DealLinePatch {
  deal?: string;
  title?: string | null;
  product?: string | null;
  quantity?: string | null;
  /**
   * Agreed price: Agreed unit price, overrides the calculated one
   */
  price?: string | null;
  /**
   * Width, mm
   */
  width?: (number | string) | null;
  /**
   * Height, mm
   */
  height?: (number | string) | null;
  opening?: ('fixed' | 'turn' | 'tilt' | 'tiltTurn' | 'sliding') | null;
  glazing?: ('double' | 'triple' | 'sound' | 'safety') | null;
  handle?: ('standard' | 'lockable' | 'childSafe') | null;
  /**
   * Window sill
   */
  sill?: boolean | null;
}
export interface Document {
  title: string;
  template: string | null;
  number: string | null;
  file: {
    id: string;
    name?: string;
    type?: string;
    size?: number;
  } | null;
  language: string | null;
  about: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  };
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface DocumentInput {
  title: string;
  template?: string | null;
  number?: string | null;
  file?: {
    id: string;
    name?: string;
    type?: string;
    size?: number;
  } | null;
  language?: string | null;
  about: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  };
}
export interface DocumentPatch {
  title?: string;
  template?: string | null;
  number?: string | null;
  file?: {
    id: string;
    name?: string;
    type?: string;
    size?: number;
  } | null;
  language?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  };
}
export interface Notification {
  title: string;
  /**
   * Text
   */
  body: string | null;
  about: {
    entity: 'deal' | 'contact' | 'company' | 'task';
    id: string;
  } | null;
  /**
   * For
   */
  user: string;
  /**
   * Read
   */
  readAt: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface NotificationInput {
  title: string;
  /**
   * Text
   */
  body?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company' | 'task';
    id: string;
  } | null;
  /**
   * For
   */
  user: string;
  /**
   * Read
   */
  readAt?: string | null;
}
export interface NotificationPatch {
  title?: string;
  /**
   * Text
   */
  body?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company' | 'task';
    id: string;
  } | null;
  /**
   * For
   */
  user?: string;
  /**
   * Read
   */
  readAt?: string | null;
}
export interface Organisation {
  name: string;
  /**
   * Registration code
   */
  regCode: string | null;
  /**
   * VAT number
   */
  vatCode: string | null;
  address: string | null;
  phone: string | null;
  'phone:typed': string | null;
  email: string | null;
  site: string | null;
  /**
   * Bank account (IBAN)
   */
  iban: string | null;
  bank: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country: string;
  /**
   * Three letters, such as EUR
   */
  currency: string;
  /**
   * Time zone: IANA name, such as Europe/Tallinn
   */
  zone: string;
  language: 'en' | 'et' | 'lv' | 'ru' | 'it';
  /**
   * Languages in use
   */
  languages: ('en' | 'et' | 'lv' | 'ru' | 'it')[] | null;
  /**
   * Working calendar: Name of the calendar that deadlines are counted in
   */
  calendar: string;
  logo: {
    id: string;
    name?: string;
    type?: string;
    size?: number;
  } | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface OrganisationInput {
  name: string;
  /**
   * Registration code
   */
  regCode?: string | null;
  /**
   * VAT number
   */
  vatCode?: string | null;
  address?: string | null;
  phone?: string | null;
  email?: string | null;
  site?: string | null;
  /**
   * Bank account (IBAN)
   */
  iban?: string | null;
  bank?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country: string;
  /**
   * Three letters, such as EUR
   */
  currency: string;
  /**
   * Time zone: IANA name, such as Europe/Tallinn
   */
  zone: string;
  language: 'en' | 'et' | 'lv' | 'ru' | 'it';
  /**
   * Languages in use
   */
  languages?: ('en' | 'et' | 'lv' | 'ru' | 'it')[] | null;
  /**
   * Working calendar: Name of the calendar that deadlines are counted in
   */
  calendar: string;
  logo?: {
    id: string;
    name?: string;
    type?: string;
    size?: number;
  } | null;
}
export interface OrganisationPatch {
  name?: string;
  /**
   * Registration code
   */
  regCode?: string | null;
  /**
   * VAT number
   */
  vatCode?: string | null;
  address?: string | null;
  phone?: string | null;
  email?: string | null;
  site?: string | null;
  /**
   * Bank account (IBAN)
   */
  iban?: string | null;
  bank?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string;
  /**
   * Three letters, such as EUR
   */
  currency?: string;
  /**
   * Time zone: IANA name, such as Europe/Tallinn
   */
  zone?: string;
  language?: 'en' | 'et' | 'lv' | 'ru' | 'it';
  /**
   * Languages in use
   */
  languages?: ('en' | 'et' | 'lv' | 'ru' | 'it')[] | null;
  /**
   * Working calendar: Name of the calendar that deadlines are counted in
   */
  calendar?: string;
  logo?: {
    id: string;
    name?: string;
    type?: string;
    size?: number;
  } | null;
}
export interface Payment {
  amount: string;
  paidOn: string | null;
  method: ('transfer' | 'card' | 'cash' | 'other') | null;
  about: string;
  notes: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface PaymentInput {
  amount: string;
  paidOn?: string | null;
  method?: ('transfer' | 'card' | 'cash' | 'other') | null;
  about: string;
  notes?: string | null;
}
export interface PaymentPatch {
  amount?: string;
  paidOn?: string | null;
  method?: ('transfer' | 'card' | 'cash' | 'other') | null;
  about?: string;
  notes?: string | null;
}
export interface Product {
  name: string;
  /**
   * Article number
   */
  sku: string | null;
  price: string | null;
  unit: ('piece' | 'set' | 'm' | 'm2' | 'hour' | 'service') | null;
  category: string | null;
  /**
   * On sale
   */
  active: boolean | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface ProductInput {
  name: string;
  /**
   * Article number
   */
  sku?: string | null;
  price?: string | null;
  unit?: ('piece' | 'set' | 'm' | 'm2' | 'hour' | 'service') | null;
  category?: string | null;
  /**
   * On sale
   */
  active?: boolean | null;
}
export interface ProductPatch {
  name?: string;
  /**
   * Article number
   */
  sku?: string | null;
  price?: string | null;
  unit?: ('piece' | 'set' | 'm' | 'm2' | 'hour' | 'service') | null;
  category?: string | null;
  /**
   * On sale
   */
  active?: boolean | null;
}
export interface Task {
  title: string;
  /**
   * Due
   */
  dueAt: string | null;
  /**
   * Done
   */
  doneAt: string | null;
  assignee: string | null;
  about: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  } | null;
  notes: string | null;
  checklist: unknown;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface TaskInput {
  title: string;
  /**
   * Due
   */
  dueAt?: string | null;
  /**
   * Done
   */
  doneAt?: string | null;
  assignee?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  } | null;
  notes?: string | null;
  checklist?: unknown;
}
export interface TaskPatch {
  title?: string;
  /**
   * Due
   */
  dueAt?: string | null;
  /**
   * Done
   */
  doneAt?: string | null;
  assignee?: string | null;
  about?: {
    entity: 'deal' | 'contact' | 'company';
    id: string;
  } | null;
  notes?: string | null;
  checklist?: unknown | null;
}
export interface Team {
  name: string;
  head: string | null;
  /**
   * Part of
   */
  parent: string | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface TeamInput {
  name: string;
  head?: string | null;
  /**
   * Part of
   */
  parent?: string | null;
  subteams?: Omit<TeamInput, 'parent'>[];
  members?: Omit<UserInput, 'teams'>[];
}
export interface TeamPatch {
  name?: string;
  head?: string | null;
  /**
   * Part of
   */
  parent?: string | null;
  subteams?: Omit<TeamInput, 'parent'>[];
  members?: Omit<UserInput, 'teams'>[];
}
export interface User {
  name: string;
  email: string;
  phone: string | null;
  'phone:typed': string | null;
  roles: ('head' | 'manager' | 'owner' | 'readOnly' | 'specialist' | 'installer' | 'measurer')[] | null;
  teams: string[];
  language: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  active: boolean | null;
  id: string;
  version: number;
  /**
   * Created
   */
  createdAt: string;
  /**
   * Changed
   */
  updatedAt: string;
  createdBy: string | null;
  /**
   * Changed by
   */
  updatedBy: string | null;
  /**
   * Deleted
   */
  deletedAt: string | null;
}
export interface UserInput {
  name: string;
  email: string;
  phone?: string | null;
  roles?: ('head' | 'manager' | 'owner' | 'readOnly' | 'specialist' | 'installer' | 'measurer')[] | null;
  teams?: string[] | null;
  language?: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  active?: boolean | null;
}
export interface UserPatch {
  name?: string;
  email?: string;
  phone?: string | null;
  roles?: ('head' | 'manager' | 'owner' | 'readOnly' | 'specialist' | 'installer' | 'measurer')[] | null;
  teams?: string[] | null;
  language?: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  active?: boolean | null;
}

/** Every entity by its name. */
export interface Entities {
  activity: {
    record: Activity;
    input: ActivityInput;
    patch: ActivityPatch;
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | null; contact: Contact | null; follows: Activity | null; assignee: User | null; createdBy: User | null; updatedBy: User | null; followUps: Activity[]; };
    stage: never;
  };
  company: {
    record: Company;
    input: CompanyInput;
    patch: CompanyPatch;
    expands: { assignee: User | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; contacts: Contact[]; deals: Deal[]; documents: Document[]; tasks: Task[]; };
    stage: never;
  };
  contact: {
    record: Contact;
    input: ContactInput;
    patch: ContactPatch;
    expands: { company: Company | null; assignee: User | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; deals: Deal[]; documents: Document[]; tasks: Task[]; };
    stage: never;
  };
  deal: {
    record: Deal;
    input: DealInput;
    patch: DealPatch;
    expands: { customer: Contact | null; company: Company | null; assignee: User | null; measurer: User | null; installer: User | null; stageTask: Task | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; lines: DealLine[]; documents: Document[]; payments: Payment[]; tasks: Task[]; };
    stage: 'first-call' | 'measurement' | 'agreement' | 'payment' | 'installation' | 'won' | 'lost';
  };
  dealLine: {
    record: DealLine;
    input: DealLineInput;
    patch: DealLinePatch;
    expands: { deal: Deal | null; product: Product | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  document: {
    record: Document;
    input: DocumentInput;
    patch: DocumentPatch;
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  notification: {
    record: Notification;
    input: NotificationInput;
    patch: NotificationPatch;
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | ({ entity: 'task' } & Task) | null; user: User | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  organisation: {
    record: Organisation;
    input: OrganisationInput;
    patch: OrganisationPatch;
    expands: { createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  payment: {
    record: Payment;
    input: PaymentInput;
    patch: PaymentPatch;
    expands: { about: Deal | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  product: {
    record: Product;
    input: ProductInput;
    patch: ProductPatch;
    expands: { createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  task: {
    record: Task;
    input: TaskInput;
    patch: TaskPatch;
    expands: { assignee: User | null; about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  team: {
    record: Team;
    input: TeamInput;
    patch: TeamPatch;
    expands: { head: User | null; parent: Team | null; createdBy: User | null; updatedBy: User | null; subteams: Team[]; members: User[]; };
    stage: never;
  };
  user: {
    record: User;
    input: UserInput;
    patch: UserPatch;
    expands: { teams: (Team)[]; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
}

export const PLURALS = {
  activity: 'activities',
  company: 'companies',
  contact: 'contacts',
  deal: 'deals',
  dealLine: 'deal-lines',
  document: 'documents',
  notification: 'notifications',
  organisation: 'organisation',
  payment: 'payments',
  product: 'products',
  task: 'tasks',
  team: 'teams',
  user: 'users',
} as const;
