interface Words {
  readonly subject: string;
  /** Before and after the link. */
  readonly before: string;
  readonly after: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    subject: 'A new password',
    before: 'Somebody asked for a new password for your account. Choose it here within the hour:',
    after: 'If it was not you, do nothing: your password stays as it is.',
  },
  et: {
    subject: 'Uus parool',
    before: 'Keegi palus sinu kontole uut parooli. Vali see siin tunni aja jooksul:',
    after: 'Kui see ei olnud sina, ära tee midagi: parool jääb endiseks.',
  },
  lv: {
    subject: 'Jauna parole',
    before: 'Kāds lūdza jaunu paroli jūsu kontam. Izvēlieties to šeit stundas laikā:',
    after: 'Ja tas nebijāt jūs, nedariet neko: parole paliek tā pati.',
  },
  ru: {
    subject: 'Новый пароль',
    before: 'Кто-то запросил новый пароль для вашей учётной записи. Выберите его здесь в течение часа:',
    after: 'Если это были не вы, ничего не делайте: пароль останется прежним.',
  },
  it: {
    subject: 'Una nuova password',
    before: 'Qualcuno ha chiesto una nuova password per il tuo account. Sceglila qui entro un’ora:',
    after: 'Se non sei stato tu, non fare nulla: la password resta quella di prima.',
  },
};

/** The letter with the link, in the person's language or English. It names nobody, since its reader may be anybody. */
export function resetLetter(language: string, link: string): { readonly subject: string; readonly text: string } {
  const { subject, before, after } = WORDS[language.split('-')[0] ?? ''] ?? WORDS['en']!;
  return { subject, text: `${before}\n\n${link}\n\n${after}\n` };
}
