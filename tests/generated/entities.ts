// Written by `casement types` from the definitions. Change those and write it anew.

export interface Absence {
  person: string;
  from: string;
  until: string;
  reason: ('leave' | 'illness' | 'trip' | 'training' | 'other') | null;
  /**
   * Gets what would be given or told to this person meanwhile
   */
  deputy: string | null;
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
export interface AbsenceInput {
  person?: string;
  from: string;
  until: string;
  reason?: ('leave' | 'illness' | 'trip' | 'training' | 'other') | null;
  /**
   * Gets what would be given or told to this person meanwhile
   */
  deputy?: string | null;
}
export interface AbsencePatch {
  person?: string;
  from?: string;
  until?: string;
  reason?: ('leave' | 'illness' | 'trip' | 'training' | 'other') | null;
  /**
   * Gets what would be given or told to this person meanwhile
   */
  deputy?: string | null;
}
export interface Activity {
  kind: 'call' | 'meeting' | 'visit' | 'mail' | 'note' | 'message';
  direction: ('in' | 'out') | null;
  state: ('ringing' | 'talking' | 'ended' | 'missed' | 'failed' | 'received' | 'sent' | 'bounced') | null;
  subject: string | null;
  /**
   * What was said
   */
  body: string | null;
  /**
   * As it came
   */
  content: string | null;
  /**
   * What was agreed
   */
  outcome: string | null;
  nextStep: string | null;
  /**
   * Heard of the market: What competitors offer, what customers miss
   */
  market: string | null;
  competitor: string | null;
  /**
   * When
   */
  at: string | null;
  duration: string | null;
  recording: string | null;
  /**
   * Other side: The address or number of who wrote or called, or was written to or called
   */
  counterpart: string | null;
  /**
   * Written by a machine: an answer while away, a report of the mail server, a newsletter
   */
  automatic: boolean | null;
  about: {
    entity: 'deal' | 'contact' | 'company' | 'order';
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
  direction?: ('in' | 'out') | null;
  state?: ('ringing' | 'talking' | 'ended' | 'missed' | 'failed' | 'received' | 'sent' | 'bounced') | null;
  subject?: string | null;
  /**
   * What was said
   */
  body?: string | null;
  /**
   * As it came
   */
  content?: string | null;
  /**
   * What was agreed
   */
  outcome?: string | null;
  nextStep?: string | null;
  /**
   * Heard of the market: What competitors offer, what customers miss
   */
  market?: string | null;
  competitor?: string | null;
  /**
   * When
   */
  at?: string | null;
  duration?: string | null;
  recording?: string | null;
  /**
   * Other side: The address or number of who wrote or called, or was written to or called
   */
  counterpart?: string | null;
  /**
   * Written by a machine: an answer while away, a report of the mail server, a newsletter
   */
  automatic?: boolean | null;
  about?: {
    entity: 'deal' | 'contact' | 'company' | 'order';
    id: string;
  } | null;
  contact?: string | null;
  follows?: string | null;
  /**
   * By
   */
  assignee?: string | null;
  followUps?: Omit<ActivityInput, 'follows'>[];
  attachments?: Omit<DocumentInput, 'activity'>[];
}
export interface ActivityPatch {
  kind?: 'call' | 'meeting' | 'visit' | 'mail' | 'note' | 'message';
  direction?: ('in' | 'out') | null;
  state?: ('ringing' | 'talking' | 'ended' | 'missed' | 'failed' | 'received' | 'sent' | 'bounced') | null;
  subject?: string | null;
  /**
   * What was said
   */
  body?: string | null;
  /**
   * As it came
   */
  content?: string | null;
  /**
   * What was agreed
   */
  outcome?: string | null;
  nextStep?: string | null;
  /**
   * Heard of the market: What competitors offer, what customers miss
   */
  market?: string | null;
  competitor?: string | null;
  /**
   * When
   */
  at?: string | null;
  duration?: string | null;
  recording?: string | null;
  /**
   * Other side: The address or number of who wrote or called, or was written to or called
   */
  counterpart?: string | null;
  /**
   * Written by a machine: an answer while away, a report of the mail server, a newsletter
   */
  automatic?: boolean | null;
  about?: {
    entity: 'deal' | 'contact' | 'company' | 'order';
    id: string;
  } | null;
  contact?: string | null;
  follows?: string | null;
  /**
   * By
   */
  assignee?: string | null;
}
export interface Company {
  name: string;
  /**
   * Registration code
   */
  regCode: string | null;
  /**
   * What it is to us
   */
  relations: ('customer' | 'supplier' | 'partner' | 'carrier')[] | null;
  phone: string | null;
  'phone:typed': string | null;
  fax: string | null;
  'fax:typed': string | null;
  email: string | null;
  site: string | null;
  address: string | null;
  city: string | null;
  region: string | null;
  postalCode: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country: string | null;
  /**
   * Line of business
   */
  industry: string | null;
  /**
   * Its own goods and services
   */
  goods: string | null;
  /**
   * Preferred payment and delivery terms
   */
  preferredTerms: string | null;
  paymentMethod: ('transfer' | 'card' | 'cash' | 'other') | null;
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
  /**
   * What it is to us
   */
  relations?: ('customer' | 'supplier' | 'partner' | 'carrier')[] | null;
  phone?: string | null;
  fax?: string | null;
  email?: string | null;
  site?: string | null;
  address?: string | null;
  city?: string | null;
  region?: string | null;
  postalCode?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  /**
   * Line of business
   */
  industry?: string | null;
  /**
   * Its own goods and services
   */
  goods?: string | null;
  /**
   * Preferred payment and delivery terms
   */
  preferredTerms?: string | null;
  paymentMethod?: ('transfer' | 'card' | 'cash' | 'other') | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  complaints?: Omit<ComplaintInput, 'about'>[];
  contacts?: Omit<ContactInput, 'company'>[];
  deals?: Omit<DealInput, 'company'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  orders?: Omit<OrderInput, 'customer'>[];
  products?: Omit<ProductInput, 'supplier'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface CompanyPatch {
  name?: string;
  /**
   * Registration code
   */
  regCode?: string | null;
  /**
   * What it is to us
   */
  relations?: ('customer' | 'supplier' | 'partner' | 'carrier')[] | null;
  phone?: string | null;
  fax?: string | null;
  email?: string | null;
  site?: string | null;
  address?: string | null;
  city?: string | null;
  region?: string | null;
  postalCode?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  /**
   * Line of business
   */
  industry?: string | null;
  /**
   * Its own goods and services
   */
  goods?: string | null;
  /**
   * Preferred payment and delivery terms
   */
  preferredTerms?: string | null;
  paymentMethod?: ('transfer' | 'card' | 'cash' | 'other') | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
}
export interface Complaint {
  title: string | null;
  kind: 'complaint' | 'return' | 'warranty' | 'service' | 'proposal';
  reason: ('quality' | 'damage' | 'delivery' | 'wrong-item' | 'price' | 'attitude' | 'changed-mind' | 'other') | null;
  status: ('new' | 'in-work' | 'accepted' | 'rejected') | null;
  about: {
    entity: 'deal' | 'order' | 'contact' | 'company';
    id: string;
  } | null;
  product: string | null;
  /**
   * Responsible
   */
  assignee: string | null;
  reportedOn: string | null;
  answerDueOn: string | null;
  answeredOn: string | null;
  closedOn: string | null;
  /**
   * What happened
   */
  body: string | null;
  /**
   * What the customer wants
   */
  wish: string | null;
  /**
   * What was decided
   */
  resolution: string | null;
  refund: string | null;
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
export interface ComplaintInput {
  title?: string | null;
  kind: 'complaint' | 'return' | 'warranty' | 'service' | 'proposal';
  reason?: ('quality' | 'damage' | 'delivery' | 'wrong-item' | 'price' | 'attitude' | 'changed-mind' | 'other') | null;
  status?: ('new' | 'in-work' | 'accepted' | 'rejected') | null;
  about?: {
    entity: 'deal' | 'order' | 'contact' | 'company';
    id: string;
  } | null;
  product?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  reportedOn?: string | null;
  answerDueOn?: string | null;
  answeredOn?: string | null;
  closedOn?: string | null;
  /**
   * What happened
   */
  body?: string | null;
  /**
   * What the customer wants
   */
  wish?: string | null;
  /**
   * What was decided
   */
  resolution?: string | null;
  refund?: string | null;
}
export interface ComplaintPatch {
  title?: string | null;
  kind?: 'complaint' | 'return' | 'warranty' | 'service' | 'proposal';
  reason?: ('quality' | 'damage' | 'delivery' | 'wrong-item' | 'price' | 'attitude' | 'changed-mind' | 'other') | null;
  status?: ('new' | 'in-work' | 'accepted' | 'rejected') | null;
  about?: {
    entity: 'deal' | 'order' | 'contact' | 'company';
    id: string;
  } | null;
  product?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  reportedOn?: string | null;
  answerDueOn?: string | null;
  answeredOn?: string | null;
  closedOn?: string | null;
  /**
   * What happened
   */
  body?: string | null;
  /**
   * What the customer wants
   */
  wish?: string | null;
  /**
   * What was decided
   */
  resolution?: string | null;
  refund?: string | null;
}
export interface Contact {
  name: string;
  jobTitle: string | null;
  email: string | null;
  phone: string | null;
  'phone:typed': string | null;
  fax: string | null;
  'fax:typed': string | null;
  address: string | null;
  city: string | null;
  region: string | null;
  postalCode: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country: string | null;
  language: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  source:
    | (
        | 'site'
        | 'phone'
        | 'mail'
        | 'walk-in'
        | 'recommendation'
        | 'advertising'
        | 'social'
        | 'exhibition'
        | 'repeat'
        | 'other'
      )
    | null;
  company: string | null;
  /**
   * Class: By how much they buy; decides how often they are to hear from us
   */
  clientClass: ('key' | 'medium' | 'small' | 'occasional') | null;
  birthday: string | null;
  sex: ('female' | 'male') | null;
  incomeBand: ('low' | 'middle' | 'high') | null;
  /**
   * Line of business
   */
  industry: string | null;
  /**
   * Purpose of purchase
   */
  purchasePurpose: string | null;
  /**
   * Preferred payment and delivery terms
   */
  preferredTerms: string | null;
  paymentMethod: ('transfer' | 'card' | 'cash' | 'other') | null;
  /**
   * Last contact
   */
  lastContactAt: string | null;
  /**
   * Next planned contact
   */
  nextContactAt: string | null;
  /**
   * To be contacted by: Last contact plus what the class allows: 14, 30, 60 or 180 days
   */
  contactBy: string | null;
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
  jobTitle?: string | null;
  email?: string | null;
  phone?: string | null;
  fax?: string | null;
  address?: string | null;
  city?: string | null;
  region?: string | null;
  postalCode?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  language?: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  source?:
    | (
        | 'site'
        | 'phone'
        | 'mail'
        | 'walk-in'
        | 'recommendation'
        | 'advertising'
        | 'social'
        | 'exhibition'
        | 'repeat'
        | 'other'
      )
    | null;
  company?: string | null;
  /**
   * Class: By how much they buy; decides how often they are to hear from us
   */
  clientClass?: ('key' | 'medium' | 'small' | 'occasional') | null;
  birthday?: string | null;
  sex?: ('female' | 'male') | null;
  incomeBand?: ('low' | 'middle' | 'high') | null;
  /**
   * Line of business
   */
  industry?: string | null;
  /**
   * Purpose of purchase
   */
  purchasePurpose?: string | null;
  /**
   * Preferred payment and delivery terms
   */
  preferredTerms?: string | null;
  paymentMethod?: ('transfer' | 'card' | 'cash' | 'other') | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  talks?: Omit<ActivityInput, 'contact'>[];
  complaints?: Omit<ComplaintInput, 'about'>[];
  deals?: Omit<DealInput, 'customer'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  orders?: Omit<OrderInput, 'customer'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface ContactPatch {
  name?: string;
  jobTitle?: string | null;
  email?: string | null;
  phone?: string | null;
  fax?: string | null;
  address?: string | null;
  city?: string | null;
  region?: string | null;
  postalCode?: string | null;
  /**
   * Two letters, such as EE or LV
   */
  country?: string | null;
  language?: ('en' | 'et' | 'lv' | 'ru' | 'it') | null;
  source?:
    | (
        | 'site'
        | 'phone'
        | 'mail'
        | 'walk-in'
        | 'recommendation'
        | 'advertising'
        | 'social'
        | 'exhibition'
        | 'repeat'
        | 'other'
      )
    | null;
  company?: string | null;
  /**
   * Class: By how much they buy; decides how often they are to hear from us
   */
  clientClass?: ('key' | 'medium' | 'small' | 'occasional') | null;
  birthday?: string | null;
  sex?: ('female' | 'male') | null;
  incomeBand?: ('low' | 'middle' | 'high') | null;
  /**
   * Line of business
   */
  industry?: string | null;
  /**
   * Purpose of purchase
   */
  purchasePurpose?: string | null;
  /**
   * Preferred payment and delivery terms
   */
  preferredTerms?: string | null;
  paymentMethod?: ('transfer' | 'card' | 'cash' | 'other') | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  notes?: string | null;
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
    | (
        | 'site'
        | 'phone'
        | 'mail'
        | 'walk-in'
        | 'recommendation'
        | 'advertising'
        | 'social'
        | 'exhibition'
        | 'repeat'
        | 'other'
      )
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
  utmTerm: string | null;
  utmContent: string | null;
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
    | (
        | 'site'
        | 'phone'
        | 'mail'
        | 'walk-in'
        | 'recommendation'
        | 'advertising'
        | 'social'
        | 'exhibition'
        | 'repeat'
        | 'other'
      )
    | null;
  address?: string | null;
  expectedOn?: string | null;
  closedOn?: string | null;
  outcome?: ('won' | 'lost') | null;
  lostReason?: ('price' | 'competitor' | 'term' | 'not-needed' | 'no-answer' | 'quality' | 'other') | null;
  utmSource?: string | null;
  utmMedium?: string | null;
  utmCampaign?: string | null;
  utmTerm?: string | null;
  utmContent?: string | null;
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
  complaints?: Omit<ComplaintInput, 'about'>[];
  lines?: Omit<DealLineInput, 'deal'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  orders?: Omit<OrderInput, 'deal'>[];
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
    | (
        | 'site'
        | 'phone'
        | 'mail'
        | 'walk-in'
        | 'recommendation'
        | 'advertising'
        | 'social'
        | 'exhibition'
        | 'repeat'
        | 'other'
      )
    | null;
  address?: string | null;
  expectedOn?: string | null;
  closedOn?: string | null;
  outcome?: ('won' | 'lost') | null;
  lostReason?: ('price' | 'competitor' | 'term' | 'not-needed' | 'no-answer' | 'quality' | 'other') | null;
  utmSource?: string | null;
  utmMedium?: string | null;
  utmCampaign?: string | null;
  utmTerm?: string | null;
  utmContent?: string | null;
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
    entity: 'deal' | 'contact' | 'company' | 'order';
    id: string;
  };
  /**
   * Came with
   */
  activity: string | null;
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
    entity: 'deal' | 'contact' | 'company' | 'order';
    id: string;
  };
  /**
   * Came with
   */
  activity?: string | null;
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
    entity: 'deal' | 'contact' | 'company' | 'order';
    id: string;
  };
  /**
   * Came with
   */
  activity?: string | null;
}
export interface Notification {
  title: string;
  /**
   * Text
   */
  body: string | null;
  about: {
    entity: 'deal' | 'contact' | 'company' | 'task' | 'activity';
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
    entity: 'deal' | 'contact' | 'company' | 'task' | 'activity';
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
    entity: 'deal' | 'contact' | 'company' | 'task' | 'activity';
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
export interface Order {
  number: string | null;
  customer: {
    entity: 'company' | 'contact';
    id: string;
  };
  /**
   * Contact person
   */
  contact: string | null;
  deal: string | null;
  /**
   * Number elsewhere: The customer's own number, or that of the program the order came from
   */
  externalNumber: string | null;
  /**
   * Responsible
   */
  assignee: string | null;
  orderedOn: string | null;
  /**
   * Planned shipment
   */
  requiredOn: string | null;
  shippedOn: string | null;
  /**
   * Planned payment
   */
  paymentDueOn: string | null;
  paidOn: string | null;
  /**
   * Sum of the lines
   */
  total: string | null;
  freight: string | null;
  /**
   * To pay: Lines and freight
   */
  payable: string | null;
  paid: string | null;
  /**
   * Still to pay
   */
  balance: string | null;
  shippingMethod: string | null;
  /**
   * Receiver
   */
  shipName: string | null;
  /**
   * Shipping address
   */
  shipAddress: string | null;
  /**
   * Shipping city
   */
  shipCity: string | null;
  /**
   * Shipping region
   */
  shipRegion: string | null;
  /**
   * Shipping postal code
   */
  shipPostalCode: string | null;
  /**
   * Shipping country
   */
  shipCountry: string | null;
  requirements: string | null;
  /**
   * Price the customer expects
   */
  expectedPrice: string | null;
  /**
   * Payment and delivery terms
   */
  terms: string | null;
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
export interface OrderInput {
  customer: {
    entity: 'company' | 'contact';
    id: string;
  };
  /**
   * Contact person
   */
  contact?: string | null;
  deal?: string | null;
  /**
   * Number elsewhere: The customer's own number, or that of the program the order came from
   */
  externalNumber?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  orderedOn?: string | null;
  /**
   * Planned shipment
   */
  requiredOn?: string | null;
  shippedOn?: string | null;
  /**
   * Planned payment
   */
  paymentDueOn?: string | null;
  paidOn?: string | null;
  freight?: string | null;
  shippingMethod?: string | null;
  /**
   * Receiver
   */
  shipName?: string | null;
  /**
   * Shipping address
   */
  shipAddress?: string | null;
  /**
   * Shipping city
   */
  shipCity?: string | null;
  /**
   * Shipping region
   */
  shipRegion?: string | null;
  /**
   * Shipping postal code
   */
  shipPostalCode?: string | null;
  /**
   * Shipping country
   */
  shipCountry?: string | null;
  requirements?: string | null;
  /**
   * Price the customer expects
   */
  expectedPrice?: string | null;
  /**
   * Payment and delivery terms
   */
  terms?: string | null;
  notes?: string | null;
  activities?: Omit<ActivityInput, 'about'>[];
  complaints?: Omit<ComplaintInput, 'about'>[];
  documents?: Omit<DocumentInput, 'about'>[];
  lines?: Omit<OrderLineInput, 'order'>[];
  payments?: Omit<PaymentInput, 'about'>[];
  tasks?: Omit<TaskInput, 'about'>[];
}
export interface OrderPatch {
  customer?: {
    entity: 'company' | 'contact';
    id: string;
  };
  /**
   * Contact person
   */
  contact?: string | null;
  deal?: string | null;
  /**
   * Number elsewhere: The customer's own number, or that of the program the order came from
   */
  externalNumber?: string | null;
  /**
   * Responsible
   */
  assignee?: string | null;
  orderedOn?: string | null;
  /**
   * Planned shipment
   */
  requiredOn?: string | null;
  shippedOn?: string | null;
  /**
   * Planned payment
   */
  paymentDueOn?: string | null;
  paidOn?: string | null;
  freight?: string | null;
  shippingMethod?: string | null;
  /**
   * Receiver
   */
  shipName?: string | null;
  /**
   * Shipping address
   */
  shipAddress?: string | null;
  /**
   * Shipping city
   */
  shipCity?: string | null;
  /**
   * Shipping region
   */
  shipRegion?: string | null;
  /**
   * Shipping postal code
   */
  shipPostalCode?: string | null;
  /**
   * Shipping country
   */
  shipCountry?: string | null;
  requirements?: string | null;
  /**
   * Price the customer expects
   */
  expectedPrice?: string | null;
  /**
   * Payment and delivery terms
   */
  terms?: string | null;
  notes?: string | null;
}
export interface OrderLine {
  order: string;
  product: string;
  /**
   * Name of the product when the line was written
   */
  title: string | null;
  quantity: string | null;
  /**
   * Unit price: Price of the product where none is given
   */
  price: string | null;
  /**
   * Share of the price: 0.05 is 5 %
   */
  discount: string | null;
  amount: string | null;
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
export interface OrderLineInput {
  order: string;
  product: string;
  quantity?: string | null;
  /**
   * Unit price: Price of the product where none is given
   */
  price?: string | null;
  /**
   * Share of the price: 0.05 is 5 %
   */
  discount?: string | null;
}
export interface OrderLinePatch {
  order?: string;
  product?: string;
  quantity?: string | null;
  /**
   * Unit price: Price of the product where none is given
   */
  price?: string | null;
  /**
   * Share of the price: 0.05 is 5 %
   */
  discount?: string | null;
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
  about: {
    entity: 'deal' | 'order';
    id: string;
  };
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
  about: {
    entity: 'deal' | 'order';
    id: string;
  };
  notes?: string | null;
}
export interface PaymentPatch {
  amount?: string;
  paidOn?: string | null;
  method?: ('transfer' | 'card' | 'cash' | 'other') | null;
  about?: {
    entity: 'deal' | 'order';
    id: string;
  };
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
  /**
   * Packing: What one unit holds, such as 24 bottles of 0.5 l
   */
  quantityPerUnit: string | null;
  category: string | null;
  supplier: string | null;
  /**
   * In stock
   */
  stock: string | null;
  onOrder: string | null;
  reorderLevel: string | null;
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
  /**
   * Packing: What one unit holds, such as 24 bottles of 0.5 l
   */
  quantityPerUnit?: string | null;
  category?: string | null;
  supplier?: string | null;
  /**
   * In stock
   */
  stock?: string | null;
  onOrder?: string | null;
  reorderLevel?: string | null;
  /**
   * On sale
   */
  active?: boolean | null;
  complaints?: Omit<ComplaintInput, 'product'>[];
  orderLines?: Omit<OrderLineInput, 'product'>[];
}
export interface ProductPatch {
  name?: string;
  /**
   * Article number
   */
  sku?: string | null;
  price?: string | null;
  unit?: ('piece' | 'set' | 'm' | 'm2' | 'hour' | 'service') | null;
  /**
   * Packing: What one unit holds, such as 24 bottles of 0.5 l
   */
  quantityPerUnit?: string | null;
  category?: string | null;
  supplier?: string | null;
  /**
   * In stock
   */
  stock?: string | null;
  onOrder?: string | null;
  reorderLevel?: string | null;
  /**
   * On sale
   */
  active?: boolean | null;
}
export interface SalesTarget {
  /**
   * Responsible: Empty for a target of a whole team
   */
  assignee: string | null;
  team: string | null;
  /**
   * Month: The first day of the month the target is for
   */
  startsOn: string;
  /**
   * Sum to sell
   */
  amount: string | null;
  /**
   * Deals to win
   */
  deals: (number | string) | null;
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
export interface SalesTargetInput {
  /**
   * Responsible: Empty for a target of a whole team
   */
  assignee?: string | null;
  team?: string | null;
  /**
   * Month: The first day of the month the target is for
   */
  startsOn: string;
  /**
   * Sum to sell
   */
  amount?: string | null;
  /**
   * Deals to win
   */
  deals?: (number | string) | null;
  notes?: string | null;
}
export interface SalesTargetPatch {
  /**
   * Responsible: Empty for a target of a whole team
   */
  assignee?: string | null;
  team?: string | null;
  /**
   * Month: The first day of the month the target is for
   */
  startsOn?: string;
  /**
   * Sum to sell
   */
  amount?: string | null;
  /**
   * Deals to win
   */
  deals?: (number | string) | null;
  notes?: string | null;
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
    entity: 'deal' | 'contact' | 'company' | 'order';
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
    entity: 'deal' | 'contact' | 'company' | 'order';
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
    entity: 'deal' | 'contact' | 'company' | 'order';
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
  salesTargets?: Omit<SalesTargetInput, 'team'>[];
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
  absences?: Omit<AbsenceInput, 'person'>[];
  salesTargets?: Omit<SalesTargetInput, 'assignee'>[];
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
  absence: {
    record: Absence;
    input: AbsenceInput;
    patch: AbsencePatch;
    expands: { person: User | null; deputy: User | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  activity: {
    record: Activity;
    input: ActivityInput;
    patch: ActivityPatch;
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | ({ entity: 'order' } & Order) | null; contact: Contact | null; follows: Activity | null; assignee: User | null; createdBy: User | null; updatedBy: User | null; followUps: Activity[]; attachments: Document[]; };
    stage: never;
  };
  company: {
    record: Company;
    input: CompanyInput;
    patch: CompanyPatch;
    expands: { assignee: User | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; complaints: Complaint[]; contacts: Contact[]; deals: Deal[]; documents: Document[]; orders: Order[]; products: Product[]; tasks: Task[]; };
    stage: never;
  };
  complaint: {
    record: Complaint;
    input: ComplaintInput;
    patch: ComplaintPatch;
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'order' } & Order) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | null; product: Product | null; assignee: User | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  contact: {
    record: Contact;
    input: ContactInput;
    patch: ContactPatch;
    expands: { company: Company | null; assignee: User | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; talks: Activity[]; complaints: Complaint[]; deals: Deal[]; documents: Document[]; orders: Order[]; tasks: Task[]; };
    stage: never;
  };
  deal: {
    record: Deal;
    input: DealInput;
    patch: DealPatch;
    expands: { customer: Contact | null; company: Company | null; assignee: User | null; measurer: User | null; installer: User | null; stageTask: Task | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; complaints: Complaint[]; lines: DealLine[]; documents: Document[]; orders: Order[]; payments: Payment[]; tasks: Task[]; };
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
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | ({ entity: 'order' } & Order) | null; activity: Activity | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  notification: {
    record: Notification;
    input: NotificationInput;
    patch: NotificationPatch;
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | ({ entity: 'task' } & Task) | ({ entity: 'activity' } & Activity) | null; user: User | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  order: {
    record: Order;
    input: OrderInput;
    patch: OrderPatch;
    expands: { customer: ({ entity: 'company' } & Company) | ({ entity: 'contact' } & Contact) | null; contact: Contact | null; deal: Deal | null; assignee: User | null; createdBy: User | null; updatedBy: User | null; activities: Activity[]; complaints: Complaint[]; documents: Document[]; lines: OrderLine[]; payments: Payment[]; tasks: Task[]; };
    stage: never;
  };
  orderLine: {
    record: OrderLine;
    input: OrderLineInput;
    patch: OrderLinePatch;
    expands: { order: Order | null; product: Product | null; createdBy: User | null; updatedBy: User | null; };
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
    expands: { about: ({ entity: 'deal' } & Deal) | ({ entity: 'order' } & Order) | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  product: {
    record: Product;
    input: ProductInput;
    patch: ProductPatch;
    expands: { supplier: Company | null; createdBy: User | null; updatedBy: User | null; complaints: Complaint[]; orderLines: OrderLine[]; };
    stage: never;
  };
  salesTarget: {
    record: SalesTarget;
    input: SalesTargetInput;
    patch: SalesTargetPatch;
    expands: { assignee: User | null; team: Team | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  task: {
    record: Task;
    input: TaskInput;
    patch: TaskPatch;
    expands: { assignee: User | null; about: ({ entity: 'deal' } & Deal) | ({ entity: 'contact' } & Contact) | ({ entity: 'company' } & Company) | ({ entity: 'order' } & Order) | null; createdBy: User | null; updatedBy: User | null; };
    stage: never;
  };
  team: {
    record: Team;
    input: TeamInput;
    patch: TeamPatch;
    expands: { head: User | null; parent: Team | null; createdBy: User | null; updatedBy: User | null; salesTargets: SalesTarget[]; subteams: Team[]; members: User[]; };
    stage: never;
  };
  user: {
    record: User;
    input: UserInput;
    patch: UserPatch;
    expands: { teams: (Team)[]; createdBy: User | null; updatedBy: User | null; absences: Absence[]; salesTargets: SalesTarget[]; };
    stage: never;
  };
}

export const PLURALS = {
  absence: 'absences',
  activity: 'activities',
  company: 'companies',
  complaint: 'complaints',
  contact: 'contacts',
  deal: 'deals',
  dealLine: 'deal-lines',
  document: 'documents',
  notification: 'notifications',
  order: 'orders',
  orderLine: 'order-lines',
  organisation: 'organisation',
  payment: 'payments',
  product: 'products',
  salesTarget: 'sales-targets',
  task: 'tasks',
  team: 'teams',
  user: 'users',
} as const;
