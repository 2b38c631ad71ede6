export interface Words {
  readonly total: string;
  readonly none: string;
  readonly allTime: string;
  readonly further: string;
  /** `{report}` stands for its title. */
  readonly mail: string;
}

const ENGLISH: Words = {
  total: 'Total',
  none: 'Not stated',
  allTime: 'All time',
  further: 'There are further records.',
  mail: 'The report “{report}” is attached. You have set it up yourself and can stop it in its templates.',
};

/** The few words of a printed report that no definition says. */
const WORDS: Readonly<Record<string, Words>> = {
  en: ENGLISH,
  et: {
    total: 'Kokku',
    none: 'Märkimata',
    allTime: 'Kogu aeg',
    further: 'Kirjeid on veel.',
    mail: 'Aruanne „{report}“ on lisatud. Seadistasid selle ise ja saad selle aruande mallides peatada.',
  },
  ru: {
    total: 'Итого',
    none: 'Не указано',
    allTime: 'За всё время',
    further: 'Есть ещё записи.',
    mail: 'Отчёт «{report}» во вложении. Вы настроили его сами и можете остановить его в шаблонах отчёта.',
  },
  lv: {
    total: 'Kopā',
    none: 'Nav norādīts',
    allTime: 'Viss laiks',
    further: 'Ir vēl ieraksti.',
    mail: 'Pārskats “{report}” ir pielikumā. Jūs to iestatījāt pats un varat apturēt pārskata veidnēs.',
  },
  it: {
    total: 'Totale',
    none: 'Non indicato',
    allTime: 'Tutto il periodo',
    further: 'Ci sono altri record.',
    mail: 'In allegato il rapporto «{report}». L’ha impostato lei e può fermarlo nei modelli del rapporto.',
  },
};

export function wordsOf(locale: string): Words {
  return WORDS[locale] ?? WORDS[locale.split('-')[0] ?? ''] ?? ENGLISH;
}
