/** Passwords of at least 8 characters that every guesser tries first, in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `password password1 password12 password123 password1234 passw0rd p@ssword p@ssw0rd pa$$word 12345678 123456789 1234567890
  0123456789 987654321 9876543210 87654321 11223344 123123123 12341234 123454321 147258369 123321123 102030405060 qwertyui
  qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 1qaz2wsx 1q2w3e4r 1q2w3e4r5t q1w2e3r4 q1w2e3r4t5 zaq12wsx zaq1zaq1
  asdfghjk asdfghjkl asdf1234 zxcvbnm1 abcd1234 abcdefgh abc12345 abc123456 a1b2c3d4 aa123456 iloveyou iloveyou1 sunshine
  sunshine1 princess princess1 football football1 baseball basketball superman superman1 batman123 starwars whatever trustno1
  letmein1 letmein123 welcome1 welcome12 welcome123 welcome2024 welcome2025 welcome2026 changeme changeme1 changeme123 changeit
  admin123 admin1234 admin12345 administrator adminadmin root1234 rootroot toor1234 test1234 testtest test12345 demo1234
  demodemo guest123 user1234 login123 secret123 secret12 mysecret default1 summer2024 summer2025 summer2026 winter2024 winter2025
  winter2026 spring2025 spring2026 autumn2025 autumn2026 michael1 jennifer jordan23 computer internet samsung1 google123
  facebook dragon123 monkey123 master123 shadow123 charlie1 liverpool chelsea1 arsenal1 pokemon1 mustang1 corvette maverick
  blink182 hello123 hello1234 helloworld correcthorsebatterystaple casement casement1 casement123 company1 company123
  parool123 parool1234 salasona salasana пароль123 йцукенгш йцукен123 lozinka1 contraseña motdepasse passwort passwort1`.split(
    /\s+/,
  ),
);
