import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { letter, openMailFirm } from './support/mail-firm.ts';
import type { MailFirm, Row } from './support/mail-firm.ts';

describe.each(DIALECTS)('letters that come in on %s', (dialect) => {
  let office: MailFirm;

  beforeAll(async () => {
    office = await openMailFirm(dialect);
    await office.server.deliver(
      letter({ From: 'Early <early@old.example>', Subject: 'Before', 'Message-ID': '<early@old>' }),
    );
  });
  afterAll(async () => office?.close());

  it('a stranger becomes a lead: a contact, a deal and his letter on it', async () => {
    const { owner, list, read, takes, lastActivity } = office;
    const [early] = await read();
    expect(early).toBe('lead');
    const taken = await takes(
      letter(
        {
          From: '=?utf-8?q?J=C3=BCri_Tamm?= <juri@client.example>',
          Subject: 'Three windows',
          'Message-ID': '<1@client>',
        },
        'Please tell me\nthe price.',
      ),
    );
    expect(taken).toEqual(['lead']);
    expect((await list('contacts')).at(-1)).toMatchObject({
      name: 'Jüri Tamm',
      email: 'juri@client.example',
      source: 'mail',
    });
    const deal = (await list('deals')).at(-1);
    expect(deal).toMatchObject({ title: 'Three windows', source: 'mail', stage: 'new' });
    expect(await lastActivity()).toMatchObject({
      kind: 'mail',
      direction: 'in',
      state: 'received',
      subject: 'Three windows',
      body: 'Please tell me\nthe price.',
      counterpart: 'juri@client.example',
      about: { entity: 'deal', id: deal?.['id'] },
      automatic: false,
      createdBy: null,
    });
    const timeline = await owner('GET', `/api/deals/${String(deal?.['id'])}/changes?timeline=true`);
    expect((timeline.json['data'] as Row[]).map(({ kind }) => kind)).toContain('mail.received');
  });

  it('an answer lands on the card of the letter it answers, and its salesman is told', async () => {
    const { salesman, list, takes, lastActivity, offerSent } = office;
    const { deal, header } = await offerSent('anna@client.example');
    expect(
      await takes(
        letter({
          From: 'Anna <anna@private.example>',
          Subject: 'Re: Our offer',
          'In-Reply-To': header('Message-ID'),
          'Message-ID': '<2@client>',
        }),
      ),
    ).toEqual(['reply']);
    const answer = await lastActivity();
    expect(answer).toMatchObject({ about: { entity: 'deal', id: deal }, assignee: salesman, subject: 'Re: Our offer' });
    // The answer to the answer, too, though only the whole talk names it.
    expect(
      await takes(
        letter({
          From: 'anna@client.example',
          Subject: 'PS',
          References: `<x@y> <2@client> <unknown@z>`,
          'Message-ID': '<3@client>',
        }),
      ),
    ).toEqual(['reply']);
    expect(await lastActivity()).toMatchObject({ about: { entity: 'deal', id: deal }, follows: answer['id'] });
    expect((await list('notifications')).at(-1)).toMatchObject({ user: salesman, title: 'New letter: PS' });
    // Rules follow what was received, once each.
    const tasks = await list('tasks', '&filter={"title":"Answer PS"}');
    expect(tasks.map(({ about }) => about)).toEqual([{ entity: 'deal', id: deal }]);
  });

  it('or by the token in the address, where a server has changed the Message-ID; a forged token is none', async () => {
    const { takes, lastActivity, offerSent } = office;
    const { deal, header } = await offerSent('token@client.example');
    const address = header('Reply-To');
    expect(address).toMatch(/^re\+[0-9a-f]{52}@firm\.example$/);
    expect(
      await takes(
        letter({ From: 'x@elsewhere.example', To: address.toUpperCase(), Subject: 'By token', 'Message-ID': '<4@c>' }),
      ),
    ).toEqual(['reply']);
    expect((await lastActivity())['about']).toEqual({ entity: 'deal', id: deal });
    const forged = address.replace(/[0-9a-f]@/, (end) => (end === '0@' ? '1@' : '0@'));
    expect(
      await takes(letter({ From: 'x2@elsewhere.example', To: forged, Subject: 'Forged', 'Message-ID': '<5@c>' })),
    ).toEqual(['lead']);
  });

  it('a number in the subject or text leads nowhere', async () => {
    const { owner, takes, offerSent } = office;
    const { deal } = await offerSent('number@client.example');
    const before = (await owner('GET', `/api/deals/${deal}/changes?timeline=true`)).text;
    await takes(
      letter({ From: 'spy@evil.example', Subject: `Re: [#${deal}] Our offer`, 'Message-ID': '<6@c>' }, `deal ${deal}`),
    );
    expect((await owner('GET', `/api/deals/${deal}/changes?timeline=true`)).text).toBe(before);
  });

  it('a known client without a reference is found by the address, at his one open deal', async () => {
    const { list, takes, lastActivity, offerSent } = office;
    const { deal, contact } = await offerSent('known@client.example');
    const count = (await list('contacts')).length;
    expect(
      await takes(letter({ From: 'KNOWN@client.example', Subject: 'One more thing', 'Message-ID': '<7@c>' })),
    ).toEqual(['client']);
    expect(await lastActivity()).toMatchObject({ about: { entity: 'deal', id: deal }, contact });
    expect(await list('contacts')).toHaveLength(count);
  });

  it('each letter is taken once: read again, numbered anew, delivered by two ways', async () => {
    const { server, list, read, takes } = office;
    const one = letter({ From: 'once@client.example', Subject: 'Once', 'Message-ID': '<8@c>' });
    expect(await takes(one)).toEqual(['lead']);
    const count = (await list('activities')).length;
    expect(await read()).toEqual([]);
    expect(await takes(`Received: from another way\r\n${one}`)).toEqual(['known']);
    await server.renumber();
    const again = await read();
    expect([again.length > 5, new Set(again)]).toEqual([true, new Set(['known'])]);
    expect(await read()).toEqual([]);
    expect(await takes(letter({ From: 'once@client.example', Subject: 'Twice', 'Message-ID': '<9@c>' }))).toEqual([
      'client',
    ]);
    expect(await list('activities')).toHaveLength(count + 1);
  });

  it('two readers at once take it once, and no flag in the mailbox is changed', async () => {
    const { server, list, read } = office;
    const count = (await list('activities')).length;
    await server.deliver(letter({ From: 'race@client.example', Subject: 'Race', 'Message-ID': '<10@c>' }));
    const both = (await Promise.all([read(), read(), read()])).flat();
    expect(both.filter((taken) => taken === 'lead')).toHaveLength(1);
    expect(await list('activities')).toHaveLength(count + 1);
    expect((await server.flags()).flat().filter((flag) => flag !== '\\Recent')).toEqual([]);
  });
});
