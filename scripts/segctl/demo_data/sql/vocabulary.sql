-- Words that the shop is made of. Family names and domains are openly invented.

create macro first_names_f() as [
    'Anna', 'Berta', 'Clara', 'Dora', 'Emma', 'Frieda', 'Greta', 'Hanna', 'Ida', 'Julia', 'Klara',
    'Lena', 'Mia', 'Nora', 'Olga', 'Paula', 'Rosa', 'Sofia', 'Tilda', 'Vera', 'Alice', 'Chloe'
];
create macro first_names_m() as [
    'Anton', 'Ben', 'Carl', 'David', 'Emil', 'Felix', 'Georg', 'Henri', 'Ivan', 'Jonas', 'Karl',
    'Leo', 'Max', 'Noah', 'Oskar', 'Paul', 'Robin', 'Simon', 'Theo', 'Viktor', 'Adam', 'Louis'
];
create macro last_names() as [
    'Sampleton', 'Demowski', 'Mustermann', 'Exampler', 'Testeron', 'Placeholt', 'Dummerly',
    'Fictorin', 'Inventado', 'Specimer', 'Templeford', 'Probst-Demo', 'Imaginski', 'Mockridge',
    'Fakenham', 'Standin', 'Beispieler', 'Prototypes', 'Pretendre', 'Nonesuch', 'Madeup', 'Trialby'
];

create macro categories() as
    ['Shoes', 'Outdoor', 'Kitchen', 'Books', 'Toys', 'Beauty', 'Home', 'Electronics'];
create macro topics() as
    ['hiking', 'running', 'cooking', 'reading', 'parenting', 'skin care', 'interior', 'gadgets'];
create macro product_nouns() as [
    ['Laces', 'Slippers', 'Sneakers', 'Loafers', 'Boots'],
    ['Bottle', 'Lantern', 'Rucksack', 'Sleeping Bag', 'Tent'],
    ['Whisk', 'Pan', 'Knife Set', 'Toaster', 'Mixer'],
    ['Notebook', 'Novel', 'Cookbook', 'Atlas', 'Encyclopedia'],
    ['Puzzle', 'Blocks', 'Doll House', 'Train Set', 'Pedal Car'],
    ['Soap', 'Hand Cream', 'Shampoo Set', 'Serum', 'Perfume'],
    ['Candle', 'Cushion', 'Lamp', 'Rug', 'Armchair'],
    ['Cable', 'Earbuds', 'Speaker', 'Tablet', 'Camera']
];
create macro product_grades() as ['Basic', 'Classic', 'Premium'];
create macro brands() as [
    'Alpinova', 'Brightwell', 'Casa Lumo', 'Dellora', 'Eskerby', 'Fjordhus', 'Grenadine', 'Hollund',
    'Invera', 'Juniper Row', 'Kestrelle', 'Lumaro'
];

create macro found_searches() as [
    'sneakers', 'tent', 'knife', 'novel', 'puzzle', 'soap', 'lamp', 'earbuds', 'rucksack', 'gift'
];
create macro empty_searches() as
    ['snekers', 'gift card', 'left handed scissors', 'size 52', 'vegan leather sofa', 'drone'];

create macro coupons() as ['WELCOME5', 'HELLO10', 'SPRING15', 'LASTCALL20'];
create macro coupon_rates() as [0.05, 0.10, 0.15, 0.20];

create macro currency_of(country) as
    case country when 'GB' then 'GBP' when 'US' then 'USD' when 'CH' then 'CHF' else 'EUR' end;
-- Units of the currency for one EUR, fixed for the whole period.
create macro per_eur(currency) as
    case currency when 'GBP' then 0.86 when 'USD' then 1.08 when 'CHF' then 0.96 else 1.00
    end::double;

create table cities as
select * from (
    values
        ('DE', 0, 'Berlin', 'Berlin', '101', 52.52, 13.405, 'de', 'Europe/Berlin'),
        ('DE', 1, 'Bavaria', 'Munich', '803', 48.137, 11.575, 'de', 'Europe/Berlin'),
        ('DE', 2, 'Hamburg', 'Hamburg', '200', 53.551, 9.994, 'de', 'Europe/Berlin'),
        ('DE', 3, 'Saxony', 'Leipzig', '041', 51.34, 12.373, 'de', 'Europe/Berlin'),
        ('AT', 0, 'Vienna', 'Vienna', '10', 48.208, 16.373, 'de-AT', 'Europe/Vienna'),
        ('AT', 1, 'Styria', 'Graz', '80', 47.07, 15.439, 'de-AT', 'Europe/Vienna'),
        ('AT', 2, 'Salzburg', 'Salzburg', '50', 47.81, 13.055, 'de-AT', 'Europe/Vienna'),
        ('AT', 3, 'Tyrol', 'Innsbruck', '60', 47.269, 11.404, 'de-AT', 'Europe/Vienna'),
        ('CH', 0, 'Zurich', 'Zurich', '80', 47.377, 8.541, 'de-CH', 'Europe/Zurich'),
        ('CH', 1, 'Geneva', 'Geneva', '12', 46.204, 6.143, 'fr-CH', 'Europe/Zurich'),
        ('CH', 2, 'Bern', 'Bern', '30', 46.948, 7.447, 'de-CH', 'Europe/Zurich'),
        ('CH', 3, 'Ticino', 'Lugano', '69', 46.004, 8.951, 'it-CH', 'Europe/Zurich'),
        ('GB', 0, 'England', 'London', 'SE', 51.507, -0.128, 'en-GB', 'Europe/London'),
        ('GB', 1, 'England', 'Manchester', 'M', 53.481, -2.242, 'en-GB', 'Europe/London'),
        ('GB', 2, 'Scotland', 'Edinburgh', 'EH', 55.953, -3.188, 'en-GB', 'Europe/London'),
        ('GB', 3, 'Wales', 'Cardiff', 'CF', 51.482, -3.179, 'en-GB', 'Europe/London'),
        ('US', 0, 'New York', 'New York', '100', 40.713, -74.006, 'en-US', 'America/New_York'),
        ('US', 1, 'Illinois', 'Chicago', '606', 41.878, -87.63, 'en-US', 'America/Chicago'),
        ('US', 2, 'Colorado', 'Denver', '802', 39.739, -104.99, 'en-US', 'America/Denver'),
        ('US', 3, 'Nevada', 'Reno', '895', 39.53, -119.814, 'en-US', 'America/Los_Angeles'),
        ('FR', 0, 'Ile-de-France', 'Paris', '750', 48.857, 2.352, 'fr', 'Europe/Paris'),
        ('FR', 1, 'Auvergne-Rhone-Alpes', 'Lyon', '690', 45.764, 4.836, 'fr', 'Europe/Paris'),
        ('FR', 2, 'Brittany', 'Rennes', '350', 48.117, -1.678, 'fr', 'Europe/Paris'),
        ('FR', 3, 'Occitania', 'Toulouse', '310', 43.605, 1.444, 'fr', 'Europe/Paris')
) as t (country, number, region, city, postal_prefix, latitude, longitude, language, time_zone);

-- How likely each country is, by how often it stands here.
create macro country_lottery() as [
    'DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'DE', 'AT', 'AT', 'AT', 'CH', 'CH', 'GB', 'GB', 'GB',
    'US', 'US', 'US', 'FR', 'FR'
];
