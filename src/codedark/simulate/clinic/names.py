"""Invented names of patients and of where they live. Nobody of that name is meant; the towns do not exist."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN_FEMALE = _words("""
    Aaltje Abeni Adriana Agata Aïcha Amalia Amina Anneleen Annick Asha Aylin Beatriz Betül Bo Carla Cécile Chantal
    Chloë Dalila Danuta Deborah Delphine Dina Dorien Ebru Eefje Eline Elke Emma Esma Eva Farah Fatoumata Floor
    Françoise Ganna Gerda Ghislaine Godelieve Greta Hafsa Halina Hélène Hilde Houda Ilona Ingrid Isabel Jacqueline
    Jeanne Joke Josephine Julia Karolina Kimberly Laila Laura Leen Liesbet Lisa Lore Lucienne Malika Margaux Maria
    Marijke Marta Maryam Mia Mieke Monique Myriam Nathalie Nguyệt Nicole Oksana Olga Paula Petra Rachida Renée Rita
    Roos Sabine Salma Sara Selma Silke Sonia Tamara Teresa Tuana Ursula Valérie Veerle Wendy Yara Yvonne Zita
    Zuzanna""")
GIVEN_MALE = _words("""
    Abdel Achmed Adam Alain Albert Ali Amadou Andrei Anton Armand Arthur Bart Bayram Benoît Bogdan Bruno Carlos
    Cédric Cheikh Christophe Cyriel Daniel David Deniz Dirk Dominik Đức Eddy Edgard Elias Emiel Erik Fabio Farid
    Felix Filip Frank Fred Gaston Geert Georges Gilbert Giovanni Guido Guillaume Hakan Hassan Henk Herman Idris Ivo
    Jacques Jakub Jan Jean-Luc Jef Jérôme Johan José Julien Kamal Kevin Kristof Lander Laurent Leon Luc Lukas Mamadou
    Marc Marcel Marek Mario Martijn Mathis Maurice Michel Mohand Mustafa Nathan Noah Octave Oscar Patrick Paul Petr
    Philippe Piotr Raf Rayan Remi Robbe Roger Rudi Said Samuel Sergio Stefan Theo Tuur Victor Walter Werner Willem
    Yannick Ziya""")
FAMILY = _words("""
    Aelbrecht Aksoy Ambrosio Arslan Asselman Baeyens Balogun Bastin Bauwens Belkacem Berghmans Bertels Bogaerts
    Borremans Bouzid Brouns Bulcke Callens Carpentier Ceulemans Chaouch Cools Coppieters Cornelis D'Hoore Daems
    De-Backer Declercq Delvaux Deprez Devriendt Diop Doğan Dumoulin El-Khatib Engelen Fernandes Fonteyne Fransen
    Gaspard Geerts Gielen Goossens Gunes Hannes Heymans Huybrechts Iliev Jacobs Janssens Kaya Kiekens Kuypers
    Lambrechts Lauwers Leclercq Lefebvre Lenaerts Luyten Machado Maes Mariën Martens Melis Michiels Moens Mwamba
    N'Diaye Nagels Nijs Núñez O'Dwyer Pauwels Peeters Pinto Polák Poncelet Raes Renard Riemaeker Rosseel Schepers
    Segers Sels Şimşek Smets Somers Staelens Stroobants Swinnen Tanghe Tchoumi Thys Timmermans Tóth Van-Acker
    Vandaele Vanhaute Verbeke Verlinden Vermeulen Vos Wouters Wyns Yilmaz Zajac Ziani""")
STREETS = _words("""
    Alderlaan Beukendreef Brugstraat Dorpsplein Eikenlaan Eindstraat Groenstraat Hoogveld Kapelberg Kerkhof
    Kloosterweg Korenmarkt Lindenplein Meersweg Molenstraat Nieuwpad Oude-Vest Parklaan Populierendreef Rozenstraat
    Schoolstraat Sluiskaai Spoorweg Steenakker Torenhof Veldweg Vijverlaan Vismarkt Waterpoort Wilgenlaan Zandberg
    Zonnestraat""")
TOWNS = (
    ("Aarmond", "9911"),
    ("Bruggelheem", "9912"),
    ("Dorrevelde", "9921"),
    ("Eikenrode", "9922"),
    ("Groot-Ysel", "9931"),
    ("Kattermeer", "9932"),
    ("Lissewaarde", "9941"),
    ("Meerhaven", "9942"),
    ("Nieuw-Torne", "9951"),
    ("Oostwezel", "9952"),
    ("Rozendaele", "9961"),
    ("Zilverbeke", "9962"),
)
"""Town and postal code; none is in use."""
