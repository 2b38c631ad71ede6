/** The server's own words on public forms, by language; everything else comes from the definitions. */
const TEXTS: Readonly<Record<string, FormTexts>> = {
  en: {
    send: 'Send',
    choose: 'Choose…',
    leaveEmpty: 'Leave this field empty',
    again: 'Please check your answers and send the form again.',
    required: 'Please fill this in.',
    invalid: 'This does not look right.',
    tooLong: 'This is too long.',
  },
  et: {
    send: 'Saada',
    choose: 'Vali…',
    leaveEmpty: 'Jäta see väli tühjaks',
    again: 'Palun vaata vastused üle ja saada vorm uuesti.',
    required: 'Palun täida see väli.',
    invalid: 'See ei näi õige.',
    tooLong: 'See on liiga pikk.',
  },
  ru: {
    send: 'Отправить',
    choose: 'Выберите…',
    leaveEmpty: 'Оставьте это поле пустым',
    again: 'Проверьте ответы и отправьте форму ещё раз.',
    required: 'Заполните это поле.',
    invalid: 'Похоже, здесь ошибка.',
    tooLong: 'Слишком длинно.',
  },
  lv: {
    send: 'Nosūtīt',
    choose: 'Izvēlieties…',
    leaveEmpty: 'Atstājiet šo lauku tukšu',
    again: 'Lūdzu, pārbaudiet atbildes un nosūtiet veidlapu vēlreiz.',
    required: 'Lūdzu, aizpildiet šo lauku.',
    invalid: 'Šeit, šķiet, ir kļūda.',
    tooLong: 'Pārāk garš teksts.',
  },
  it: {
    send: 'Invia',
    choose: 'Scegli…',
    leaveEmpty: 'Lascia vuoto questo campo',
    again: 'Controlla le risposte e invia di nuovo il modulo.',
    required: 'Compila questo campo.',
    invalid: 'Qui qualcosa non va.',
    tooLong: 'Testo troppo lungo.',
  },
};

export interface FormTexts {
  readonly send: string;
  readonly choose: string;
  readonly leaveEmpty: string;
  readonly again: string;
  readonly required: string;
  readonly invalid: string;
  readonly tooLong: string;
}

export function formTexts(locale: string): FormTexts {
  return TEXTS[locale] ?? TEXTS[locale.split('-')[0] ?? ''] ?? TEXTS['en']!;
}

/** An error in the visitor's language: the exact English sentence where he reads English, else the nearest plain one. */
export function errorText(texts: FormTexts, error: { code: string; message: string }, locale: string): string {
  if (error.code === 'required') return texts.required;
  if (locale.startsWith('en')) return error.message;
  return error.code === 'maxLength' ? texts.tooLong : texts.invalid;
}
